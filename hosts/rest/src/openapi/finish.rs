//! The last changes to a description: it says where the service is, each operation says whether it takes
//! a token, and no response is described that no operation has.

use std::collections::BTreeSet;

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Server};

/// The operations of a path.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let operations = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    operations.into_iter().flatten()
}

/// Makes these changes.
pub(super) fn apply(openapi: &mut OpenApi) {
    // Where the description itself is, which is also what a missing server means.
    openapi.servers = Some(vec![Server::new("/")]);
    for operation in openapi.paths.paths.values_mut().flat_map(operations) {
        // An operation without this member takes what the whole description demands. Readers do not
        // agree on what that is when it demands nothing.
        operation.security.get_or_insert_default();
    }
    let used = used_responses(openapi);
    let components = openapi.components.get_or_insert_default();
    components.responses.retain(|name, _| used.contains(name));
}

/// The names of the responses that operations refer to.
fn used_responses(openapi: &mut OpenApi) -> BTreeSet<String> {
    let operations = openapi.paths.paths.values_mut().flat_map(operations);
    let responses = operations.flat_map(|operation| operation.responses.responses.values());
    let names = responses.filter_map(|response| match response {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next(),
        RefOr::T(_) => None,
    });
    names.map(str::to_owned).collect()
}
