//! Runs one operation on the database within a time limit, and repeats it where that is safe.

use std::time::Duration;

use auth_runtime::deadline;
use mongodb::Database;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connection::Live;
use crate::failure::Failure;
use crate::store::DocumentDbStore;

/// The time limit of one call. A healthy call takes milliseconds. A connection that died while its
/// host was frozen never answers.
const CALL_LIMIT: Duration = Duration::from_millis(2500);
/// The part of a request's time that is kept for the answer that the database is unavailable.
const RESERVE: Duration = Duration::from_millis(200);
/// How often a call waits for other calls. Of writes that conflict, one succeeds each time.
const WAITS: u32 = 12;
/// The upper bound of the first wait. The bound doubles from one wait to the next.
const FIRST_WAIT: Duration = Duration::from_millis(4);
const LONGEST_WAIT: Duration = Duration::from_millis(128);

/// The result of a call.
pub(crate) struct Answer<T> {
    pub value: T,
    /// An earlier try got no answer. The database may have carried it out.
    pub repeated: bool,
}

/// Why an operation was repeated so far.
#[derive(Default)]
struct Tries {
    lost: bool,
    refused: bool,
    cleared: bool,
    /// How often the operation waited for other calls.
    waits: u32,
}

impl Tries {
    /// Waits, each time a little longer. Returns false when the operation has waited often enough.
    async fn wait(&mut self) -> bool {
        if self.waits >= WAITS {
            return false;
        }
        sleep(wait(self.waits)).await;
        self.waits = self.waits.saturating_add(1);
        true
    }
}

impl DocumentDbStore {
    /// Calls the database, and repeats a call that got no answer once. The call must be a read, or
    /// a write whose repetition can be told from its first try.
    pub(crate) async fn perform<T, F>(
        &self,
        call: impl Fn(Database) -> F,
    ) -> Result<Answer<T>, Failure>
    where
        F: Future<Output = mongodb::error::Result<T>>,
    {
        let mut tries = Tries::default();
        loop {
            let until = limit()?;
            let live = self.live(until).await?;
            match answer(until, call(live.database.clone())).await {
                Ok(value) => {
                    let repeated = tries.lost || tries.cleared;
                    return Ok(Answer { value, repeated });
                }
                Err(failure) => {
                    if matches!(failure, Failure::Silent) {
                        self.connection.reopen(&live);
                    }
                    let failure = self.connection.explain(failure);
                    self.before_another(&mut tries, failure, live).await?;
                }
            }
        }
    }

    /// Calls the database for a read, or for a write that may be carried out twice.
    pub(crate) async fn repeatable<T, F>(&self, call: impl Fn(Database) -> F) -> Result<T, Failure>
    where
        F: Future<Output = mongodb::error::Result<T>>,
    {
        Ok(self.perform(call).await?.value)
    }

    /// Calls the database once, without a time limit, for commands of the operator.
    pub(crate) async fn patient<T, F>(&self, call: impl Fn(Database) -> F) -> Result<T, Failure>
    where
        F: Future<Output = mongodb::error::Result<T>>,
    {
        let live = self.connection.live().await?;
        let answer = call(live.database).await;
        answer.map_err(|error| self.connection.explain(Failure::of(&error)))
    }

    async fn live(&self, until: Instant) -> Result<Live, Failure> {
        let live = timeout_at(until, self.connection.live()).await;
        live.unwrap_or_else(|_| Err(Failure::Lost("no credentials came".to_owned())))
    }

    /// Prepares another try, or returns the failure when there must be none.
    async fn before_another(
        &self,
        tries: &mut Tries,
        failure: Failure,
        live: Live,
    ) -> Result<(), Failure> {
        let Ok(until) = limit() else {
            return Err(failure);
        };
        match failure {
            Failure::Authentication if !tries.refused => {
                tries.refused = true;
                let renewed = timeout_at(until, self.connection.renew(live.generation)).await;
                renewed.unwrap_or(Err(failure))
            }
            Failure::WriteConflict(_) if tries.wait().await => Ok(()),
            // If the password was changed, another task is fetching the new one.
            Failure::Cleared if tries.wait().await => {
                tries.cleared = true;
                let settled = timeout_at(until, self.connection.settled()).await;
                settled.map_err(|_| failure)
            }
            failure if failure.may_pass() && !tries.lost => {
                tries.lost = true;
                Ok(())
            }
            failure => Err(failure),
        }
    }
}

async fn answer<T>(
    until: Instant,
    call: impl Future<Output = mongodb::error::Result<T>>,
) -> Result<T, Failure> {
    match timeout_at(until, call).await {
        Ok(answer) => answer.map_err(|error| Failure::of(&error)),
        Err(_) => Err(Failure::Silent),
    }
}

/// When a call must end, by its own time limit and by the deadline of the request.
fn limit() -> Result<Instant, Failure> {
    let now = Instant::now();
    let own = now.checked_add(CALL_LIMIT).ok_or(Failure::Late)?;
    let Some(deadline) = deadline::current() else {
        return Ok(own);
    };
    let request = deadline.checked_sub(RESERVE).filter(|end| *end > now);
    Ok(own.min(request.ok_or(Failure::Late)?))
}

/// A random time up to a bound that doubles with each wait, so that two callers that collided do
/// not collide again.
fn wait(before: u32) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1_u32.checked_shl(before).unwrap_or(u32::MAX));
    longest.min(LONGEST_WAIT).mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_ends_before_its_request_and_in_any_case_by_its_own_limit() {
        let now = Instant::now();
        let within = |ahead| deadline::within(now + ahead, async { limit() });
        let soon = within(Duration::from_secs(1)).await.unwrap();
        assert!(soon <= now + Duration::from_millis(800));
        let late = within(Duration::from_secs(60)).await.unwrap();
        assert!(late >= now + CALL_LIMIT && late < now + CALL_LIMIT * 2);
        assert!(limit().unwrap() >= now + CALL_LIMIT);
        for spent in [Duration::ZERO, RESERVE] {
            assert!(matches!(within(spent).await, Err(Failure::Late)));
        }
    }

    #[test]
    fn a_wait_is_bounded() {
        for met in [0, 1, 5, 31, 32, u32::MAX] {
            assert!(wait(met) <= LONGEST_WAIT, "{met}");
        }
        assert!(wait(0) <= FIRST_WAIT);
    }
}
