//! Decides whose call of a store goes on, so that a run of several flows has an order that can be
//! chosen and repeated.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::turn::Fault;

/// A gate that every call of a store passes. Usually it is open. While [`run`](Self::run) runs
/// flows, each call waits there until it is chosen.
#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    is_closed: bool,
    /// Whether every call fails from now on, because its flow is to end.
    is_broken: bool,
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

/// A flow that waits before a call: its lane, and the call.
pub(crate) type Waiting = (usize, &'static str);

/// What the one who chooses says.
pub(crate) enum Choice {
    /// The flow in this lane goes on.
    Go(usize, Option<Fault>),
    /// The client of the flow in this lane gives up.
    HangUp(usize),
    /// All flows are to end: each of their calls fails from now on.
    Break,
}

/// The flows of a run with what became of them.
struct Running<'a, T> {
    flows: Vec<Option<Flow<'a, T>>>,
    answers: Vec<Option<T>>,
    /// The lanes whose clients gave up.
    abandoned: Vec<usize>,
}

impl Gate {
    /// Waits before a call of a store by the flow in this lane. Returns what goes wrong with the call.
    pub(crate) async fn pass(&self, lane: usize, call: &'static str) -> Option<Fault> {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.is_broken {
                return Poll::Ready(Some(Fault::Before));
            }
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
    /// has ended, `choose` gets the lanes that wait, each with its call, and says what happens next.
    /// `is_busy` says whether the flow in a lane still runs although its client gave up. The answer
    /// of a flow without a client is `None`.
    pub(crate) async fn run<T>(
        &self,
        flows: Vec<Flow<'_, T>>,
        is_busy: impl Fn(usize) -> bool,
        mut choose: impl FnMut(&[Waiting]) -> Choice,
    ) -> Vec<Option<T>> {
        let lanes = flows.len();
        let mut running = Running {
            flows: flows.into_iter().map(Some).collect(),
            answers: (0..lanes).map(|_| None).collect(),
            abandoned: Vec::new(),
        };
        *self.lock() = State {
            is_closed: true,
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            ..State::default()
        };
        poll_fn(|context| {
            loop {
                running.poll(context);
                running.abandoned.retain(|lane| is_busy(*lane));
                if running.is_over() {
                    return Poll::Ready(());
                }
                if !self.choose(&mut running, context, &mut choose) {
                    return Poll::Pending;
                }
            }
        })
        .await;
        *self.lock() = State::default();
        running.answers
    }

    /// Lets one of the waiting flows go on. False while one of them still runs.
    fn choose<T>(
        &self,
        running: &mut Running<'_, T>,
        context: &mut Context<'_>,
        choose: &mut impl FnMut(&[Waiting]) -> Choice,
    ) -> bool {
        let mut state = self.lock();
        if state.is_broken {
            context.waker().wake_by_ref();
            return false;
        }
        state.chooser = Some(context.waker().clone());
        let mut waiting = Vec::new();
        for lane in (0..state.lanes.len()).filter(|lane| running.is_alive(*lane)) {
            match &state.lanes[lane] {
                Lane::Waiting(call, _) => waiting.push((lane, *call)),
                Lane::Running | Lane::Chosen(_) => {
                    // No waker tells when a flow without a client has ended.
                    if !running.abandoned.is_empty() {
                        context.waker().wake_by_ref();
                    }
                    return false;
                }
            }
        }
        match choose(&waiting) {
            Choice::Go(lane, fault) => {
                let chosen = Lane::Chosen(fault);
                if let Lane::Waiting(_, waker) = std::mem::replace(&mut state.lanes[lane], chosen) {
                    drop(state);
                    waker.wake();
                }
            }
            Choice::HangUp(lane) => {
                // The flow, if it goes on without a client, comes to the gate anew.
                let lane_state = std::mem::take(&mut state.lanes[lane]);
                drop(state);
                running.flows[lane] = None;
                running.abandoned.push(lane);
                if let Lane::Waiting(_, waker) = lane_state {
                    waker.wake();
                }
            }
            Choice::Break => {
                state.is_broken = true;
                let lanes = std::mem::take(&mut state.lanes);
                drop(state);
                for lane in lanes {
                    if let Lane::Waiting(_, waker) = lane {
                        waker.wake();
                    }
                }
            }
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Running<'_, T> {
    fn poll(&mut self, context: &mut Context<'_>) {
        for (flow, answer) in self.flows.iter_mut().zip(&mut self.answers) {
            let Some(running) = flow else { continue };
            if let Poll::Ready(ready) = running.as_mut().poll(context) {
                *answer = Some(ready);
                *flow = None;
            }
        }
    }

    fn is_alive(&self, lane: usize) -> bool {
        self.flows[lane].is_some() || self.abandoned.contains(&lane)
    }

    fn is_over(&self) -> bool {
        self.abandoned.is_empty() && self.flows.iter().all(Option::is_none)
    }
}
