//! Flows at the same time.

use tokio::task::JoinSet;

/// Runs all of them on tasks of their own and gives their answers, in the order they came.
///
/// # Panics
/// When one of them does.
pub async fn together<T: Send + 'static>(
    flows: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    flows.into_iter().collect::<JoinSet<T>>().join_all().await
}
