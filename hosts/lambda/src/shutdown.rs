//! Asks Lambda to announce the end of the process.

use lambda_extension::Extension;

/// The name of an extension that does nothing. Lambda sends SIGTERM only to functions that have
/// one.
const NAME: &str = "countersign-shutdown";

/// Registers the extension, so that Lambda sends SIGTERM. If Lambda refuses, the process may end
/// without notice.
pub async fn announce() {
    let extension = Extension::new().with_extension_name(NAME).with_events(&[]);
    match extension.register().await {
        // The extension waits for events that never come, which tells Lambda that it is ready.
        Ok(registered) => drop(tokio::spawn(async move {
            if let Err(error) = registered.run().await {
                tracing::debug!(error, "the extension for the shutdown ended");
            }
        })),
        Err(error) => tracing::warn!(error, "Lambda will not say when it stops this process"),
    }
}
