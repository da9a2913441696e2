//! The end of the process, as Lambda announces it.

use lambda_extension::Extension;

/// Lambda sends SIGTERM only to functions that have an extension, so there is one that does nothing.
const NAME: &str = "countersign-shutdown";

/// Asks Lambda for SIGTERM. Where that is refused, the process ends without a word, as it may at any
/// time.
pub async fn announce() {
    let extension = Extension::new().with_extension_name(NAME).with_events(&[]);
    match extension.register().await {
        // It waits for events that never come: that tells Lambda that it is there.
        Ok(registered) => drop(tokio::spawn(async move {
            if let Err(error) = registered.run().await {
                tracing::debug!(error, "the extension for the shutdown ended");
            }
        })),
        Err(error) => tracing::warn!(error, "Lambda will not say when it stops this process"),
    }
}
