//! Tries every order, by running anew with other choices until none is left.

/// The choices of one run, and how many there were at each of them.
#[derive(Default)]
pub(crate) struct Orders {
    /// What the next run chooses; beyond its end, always the first.
    planned: Vec<usize>,
    /// What this run chose: the choice, and among how many.
    made: Vec<(usize, usize)>,
    /// How many choices are the same in all runs.
    fixed: usize,
}

impl Orders {
    /// Tries only the orders that begin with these choices.
    pub(crate) fn within(choices: Vec<usize>) -> Self {
        Self {
            fixed: choices.len(),
            planned: choices,
            made: Vec::new(),
        }
    }

    /// What this run chose, each time among how many possibilities.
    pub(crate) fn made(&self) -> &[(usize, usize)] {
        &self.made
    }

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
            if made.len() < self.fixed {
                return false;
            }
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

    /// The orders of two flows, of three and of two steps, that begin with these choices.
    fn found(choices: &[usize]) -> Vec<String> {
        let mut orders = Orders::within(choices.to_vec());
        let mut found = Vec::new();
        loop {
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
                return found;
            }
        }
    }

    #[test]
    fn every_interleaving_comes_once() {
        let found = found(&[]);
        // 5! / (3! 2!)
        assert_eq!(found.len(), 10);
        assert_eq!(found.first().unwrap(), "aaabb");
        assert!(found.is_sorted() && found.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn each_order_lies_within_one_beginning() {
        let parts: Vec<_> = (0..2).flat_map(|first| found(&[first])).collect();
        assert_eq!(parts, found(&[]));
        assert_eq!(found(&[1, 1]), ["bbaaa"]);
    }
}
