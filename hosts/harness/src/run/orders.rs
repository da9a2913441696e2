//! Tries every order, by running anew with other choices until none is left.

/// The choices of one run, and how many there were at each of them.
#[derive(Default)]
pub(crate) struct Orders {
    /// What the next run chooses; beyond its end, always the first.
    planned: Vec<usize>,
    /// What this run chose: the choice, and among how many.
    made: Vec<(usize, usize)>,
}

impl Orders {
    /// Chooses one of `among` possibilities, which are in the same order in each run. Without
    /// `is_open` it is the first.
    pub(crate) fn choose(&mut self, among: usize, is_open: bool) -> usize {
        let among = if is_open { among } else { 1 };
        let choice = self.planned.get(self.made.len()).copied().unwrap_or(0);
        self.made.push((choice, among));
        choice
    }

    /// Plans the next run: the last choice that had another possibility takes it. False when there
    /// is none.
    pub(crate) fn advance(&mut self) -> bool {
        let mut made = std::mem::take(&mut self.made);
        while let Some((choice, among)) = made.pop() {
            if choice + 1 < among {
                self.planned = made
                    .iter()
                    .map(|(choice, _)| *choice)
                    .chain([choice + 1])
                    .collect();
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interleaving_comes_once() {
        let mut orders = Orders::default();
        let mut found = Vec::new();
        loop {
            // Two flows of three and of two steps: 5! / (3! 2!) orders.
            let mut left = [3, 2];
            let mut order = String::new();
            while left != [0, 0] {
                let waiting: Vec<_> = (0..2).filter(|flow| left[*flow] > 0).collect();
                let flow = waiting[orders.choose(waiting.len(), true)];
                left[flow] -= 1;
                order.push(if flow == 0 { 'a' } else { 'b' });
            }
            found.push(order);
            if !orders.advance() {
                break;
            }
        }
        assert_eq!(found.len(), 10);
        assert_eq!(found.first().unwrap(), "aaabb");
        assert!(found.is_sorted() && found.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
