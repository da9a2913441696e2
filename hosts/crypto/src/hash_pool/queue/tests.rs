use std::mem;

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

fn queue(threads: usize, jobs: &[Named]) -> Arc<Queue<Named>> {
    let queue = Arc::new(Queue::new(threads, 4));
    for job in jobs {
        push(&queue, job);
    }
    queue
}

/// Adds a job whose caller waits until it is done.
fn push(queue: &Arc<Queue<Named>>, job: Named) {
    mem::forget(wait(queue, job));
}

fn wait(queue: &Arc<Queue<Named>>, job: Named) -> Waiter<Named> {
    let source = job.get(..1).filter(|source| *source != "-");
    Queue::wait(queue, source.map(Arc::from), job)
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
    taken.take_while(|taken| !taken.is_empty()).collect()
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
fn whoever_comes_later_is_served_in_the_next_turn() {
    let queue = queue(1, &["aI0", "aII0", "aIII0", "aIV0"]);
    assert_eq!([next(&queue), next(&queue)], [["aI0"], ["aII0"]]);
    push(&queue, "bI0");
    push(&queue, "bII0");
    let rest = all(&queue).concat();
    assert_eq!(rest, ["aIII0", "bI0", "aIV0", "bII0"]);
}

#[test]
fn sources_that_come_back_at_once_keep_nobody_waiting() {
    let many = ["a0", "b0", "c0", "d0", "e0", "f0", "g0", "h0"];
    let queue = queue(1, &many);
    for job in ["zI0", "zII0", "zIII0"] {
        push(&queue, job);
    }
    let mut served = Vec::new();
    for _ in 0..3 * (many.len() + 1) {
        let job = next(&queue)[0];
        served.push(job);
        if !job.starts_with('z') {
            push(&queue, job);
        }
    }
    let mut of_z = served.iter().filter(|job| job.starts_with('z'));
    assert!(
        of_z.by_ref().eq(["zI0", "zII0", "zIII0"].iter()),
        "{served:?}"
    );
}

#[test]
fn a_job_leaves_the_queue_with_its_caller() {
    let queue = queue(1, &["aI0"]);
    for _ in 0..100 {
        drop(wait(&queue, "aII0"));
    }
    assert_eq!(queue.len(), 1);
    let taken = wait(&queue, "bI0");
    assert_eq!(all(&queue), [["aI0"], ["bI0"]]);
    drop(taken);
    assert_eq!(queue.len(), 0);
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
