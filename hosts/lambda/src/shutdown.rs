//! Asks Lambda to announce the end of the process.

use lambda_extension::Extension;

/// Lambda sends SIGTERM only to functions that have an extension, so there is one that does nothing.
const NAME: &str = "countersign-shutdown";

/// Registers an extension, so that Lambda sends SIGTERM. Where that is refused, the process ends without
/// notice, as it may at any time.
pub async fn announce() {
    let extension = Extension::new().with_extension_name(NAME).with_events(&[]);
    match extension.register().await {
        // It waits for events that never come, which tells Lambda that the extension is ready.
        Ok(registered) => drop(tokio::spawn(async move {
            if let Err(error) = registered.run().await {
                tracing::debug!(error, "the extension for the shutdown ended");
            }
        })),
        Err(error) => tracing::warn!(error, "Lambda will not say when it stops this process"),
    }
}
