//! Decides whose call of a store goes on, so that a run of several flows has an order that can be
//! chosen and repeated.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What goes wrong with a call of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call is not carried out.
    Before,
    /// The call is carried out, but its answer is lost.
    After,
}

/// A gate that every call of a store passes. Usually it is open. While [`run`](Self::run) runs
/// flows, each call waits there until it is chosen.
#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    is_closed: bool,
    /// What each flow does, by its lane.
    lanes: Vec<Lane>,
    /// Wakes the one who chooses.
    chooser: Option<Waker>,
}

#[derive(Default)]
enum Lane {
    #[default]
    Running,
    /// The flow waits before this call.
    Waiting(&'static str, Waker),
    /// The flow was chosen, with this fault, and has not gone on yet.
    Chosen(Option<Fault>),
}

/// A flow that runs together with others.
pub(crate) type Flow<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

impl Gate {
    /// Waits before a call of a store by the flow in this lane. Returns what goes wrong with the call.
    pub(crate) async fn pass(&self, lane: usize, call: &'static str) -> Option<Fault> {
        poll_fn(|context| {
            let mut state = self.lock();
            if !state.is_closed || lane >= state.lanes.len() {
                return Poll::Ready(None);
            }
            if let Lane::Chosen(fault) = state.lanes[lane] {
                state.lanes[lane] = Lane::Running;
                return Poll::Ready(fault);
            }
            state.lanes[lane] = Lane::Waiting(call, context.waker().clone());
            if let Some(chooser) = state.chooser.take() {
                chooser.wake();
            }
            Poll::Pending
        })
        .await
    }

    /// Runs the flows, of which the first is in lane 0. Whenever each of them waits at the gate or
    /// has ended, `choose` gets the lanes that wait, each with its call, and says which goes on, with
    /// which fault.
    pub(crate) async fn run<T>(
        &self,
        flows: Vec<Flow<'_, T>>,
        mut choose: impl FnMut(&[(usize, &'static str)]) -> (usize, Option<Fault>),
    ) -> Vec<T> {
        let lanes = flows.len();
        let mut flows: Vec<_> = flows.into_iter().map(Some).collect();
        let mut answers: Vec<Option<T>> = (0..lanes).map(|_| None).collect();
        self.lock().is_closed = true;
        self.lock().lanes = (0..lanes).map(|_| Lane::default()).collect();
        poll_fn(|context| {
            loop {
                poll_all(&mut flows, &mut answers, context);
                if flows.iter().all(Option::is_none) {
                    return Poll::Ready(());
                }
                if !self.choose(&flows, context, &mut choose) {
                    return Poll::Pending;
                }
            }
        })
        .await;
        self.lock().is_closed = false;
        answers.into_iter().flatten().collect()
    }

    /// Lets one of the waiting flows go on. False while one of them still runs.
    fn choose<T>(
        &self,
        flows: &[Option<T>],
        context: &mut Context<'_>,
        choose: &mut impl FnMut(&[(usize, &'static str)]) -> (usize, Option<Fault>),
    ) -> bool {
        let mut state = self.lock();
        state.chooser = Some(context.waker().clone());
        let mut waiting = Vec::new();
        for (lane, _) in flows.iter().enumerate().filter(|(_, flow)| flow.is_some()) {
            match &state.lanes[lane] {
                Lane::Waiting(call, _) => waiting.push((lane, *call)),
                Lane::Running | Lane::Chosen(_) => return false,
            }
        }
        let (lane, fault) = choose(&waiting);
        if let Lane::Waiting(_, waker) =
            std::mem::replace(&mut state.lanes[lane], Lane::Chosen(fault))
        {
            drop(state);
            waker.wake();
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn poll_all<T>(
    flows: &mut [Option<Flow<'_, T>>],
    answers: &mut [Option<T>],
    context: &mut Context<'_>,
) {
    for (flow, answer) in flows.iter_mut().zip(answers) {
        let Some(running) = flow else { continue };
        if let Poll::Ready(ready) = running.as_mut().poll(context) {
            *answer = Some(ready);
            *flow = None;
        }
    }
}
