//! Runs flows in parallel.

use tokio::task::JoinSet;

/// Runs each flow on a task of its own and returns the answers, in the order in which the flows end.
///
/// # Panics
/// When one of the flows panics.
pub async fn together<T: Send + 'static>(
    flows: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    flows.into_iter().collect::<JoinSet<T>>().join_all().await
}
