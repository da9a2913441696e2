use super::*;

/// A job whose name begins with its source, unless that is `-`. It is computed side by side
/// with those of the same number at the end, unless that is 0. A name that ends with `!` is
/// one of a caller who gave up.
type Named = &'static str;

impl Waits for Named {
    fn begin(&self) -> bool {
        !self.ends_with('!')
    }

    fn company(&self) -> Option<u32> {
        let number = self.trim_end_matches('!').chars().last()?.to_digit(10)?;
        (number > 0).then_some(number)
    }
}

fn queue(threads: usize, jobs: &[Named]) -> Queue<Named> {
    let queue = Queue::new(threads, 4);
    for job in jobs {
        push(&queue, job);
    }
    queue
}

fn push(queue: &Queue<Named>, job: Named) {
    let source = job.get(..1).filter(|source| *source != "-");
    queue.push(source.map(Arc::from), job);
}

/// What one thread takes next.
fn next(queue: &Queue<Named>) -> Vec<Named> {
    match queue.next(Some(Duration::ZERO)) {
        Next::Jobs(jobs) => jobs,
        Next::Nothing | Next::Closed => Vec::new(),
    }
}

/// What threads take, one after the other, until nothing is left.
fn all(queue: &Queue<Named>) -> Vec<Vec<Named>> {
    let taken = std::iter::repeat_with(|| next(queue));
    let taken = taken.take_while(|taken| !taken.is_empty()).collect();
    assert!(queue.lock().latest.is_empty());
    taken
}

#[test]
fn sources_take_turns() {
    for (jobs, expected) in [
        (&["aI0", "aII0", "aIII0"][..], "aI0 aII0 aIII0"),
        (&["aI0", "aII0", "aIII0", "bI0"], "aI0 bI0 aII0 aIII0"),
        (
            &["aI0", "aII0", "bI0", "bII0", "cI0"],
            "aI0 bI0 cI0 aII0 bII0",
        ),
        (&["aI0", "aII0", "-I0", "-II0"], "aI0 -I0 -II0 aII0"),
    ] {
        let order = all(&queue(1, jobs)).concat().join(" ");
        assert_eq!(order, expected);
    }
}

#[test]
fn whoever_comes_later_is_served_in_the_turn_that_runs() {
    let queue = queue(1, &["aI0", "aII0", "aIII0", "aIV0"]);
    assert_eq!([next(&queue), next(&queue)], [["aI0"], ["aII0"]]);
    push(&queue, "bI0");
    push(&queue, "bII0");
    let rest = all(&queue).concat();
    assert_eq!(rest, ["bI0", "aIII0", "bII0", "aIV0"]);
}

#[test]
fn threads_share_the_jobs_that_are_computed_side_by_side() {
    for (threads, jobs, expected) in [
        (1, &["a1"][..], &["a1"][..]),
        (2, &["a1", "b1"], &["a1", "b1"]),
        (2, &["a1", "b1", "c1"], &["a1 b1", "c1"]),
        (1, &["a1", "b1", "c1"], &["a1 b1 c1"]),
        (1, &["a1", "b1", "c1", "d1", "e1"], &["a1 b1 c1 d1", "e1"]),
        (
            2,
            &["a1", "b1", "c1", "d1", "e1"],
            &["a1 b1 c1", "d1", "e1"],
        ),
        (
            2,
            &["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1"],
            &["a1 b1 c1 d1", "e1 f1 g1", "h1", "i1"],
        ),
        // Only those of one kind, whose callers still wait.
        (
            1,
            &["a1", "b2", "c1", "d0", "e2"],
            &["a1 c1", "b2 e2", "d0"],
        ),
        (1, &["a0", "b0"], &["a0", "b0"]),
        (1, &["a1!", "b1", "c1!", "d1"], &["b1 d1"]),
        (1, &["a1!", "b1!"], &[]),
    ] {
        let taken = all(&queue(threads, jobs));
        let taken: Vec<_> = taken.iter().map(|jobs| jobs.join(" ")).collect();
        assert_eq!(taken, expected, "{threads} threads");
    }
}

#[test]
fn the_company_of_a_job_is_in_order_of_turns() {
    let queue = queue(1, &["aI1", "aII1", "aIII1", "aIV1", "bI1", "cI1"]);
    assert_eq!(next(&queue), ["aI1", "bI1", "cI1", "aII1"]);
}

#[test]
fn a_thread_waits_no_longer_than_it_wants() {
    let queue = queue(1, &[]);
    let waited = queue.next(Some(Duration::from_millis(1)));
    assert!(matches!(waited, Next::Nothing));
}

#[test]
fn a_closed_queue_gives_nothing() {
    let queue = queue(1, &["a1"]);
    queue.close();
    assert!(matches!(queue.next(None), Next::Closed));
    assert_eq!(queue.len(), 1);
}
