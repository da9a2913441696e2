//! Parses the connection string, and checks it against the needs of this service.

use std::net::IpAddr;

use auth_runtime::SecretText;
use mongodb::options::{
    Acknowledgment, ConnectionString, HostInfo, ReadPreference, ServerAddress, Tls,
};

use crate::error::SettingsError;

/// Takes the place of user and password when a [credential source](crate::CredentialSource)
/// provides them, because the driver refuses an `authMechanism` without any.
const PLACEHOLDER: &str = "-:-@";

/// Parses a connection string whose user and password are replaced later.
pub(crate) fn parse_without_credentials(text: &str) -> Result<ConnectionString, SettingsError> {
    match text.trim().split_once("://") {
        Some((scheme, rest)) if !rest.contains('@') => {
            parse(&format!("{scheme}://{PLACEHOLDER}{rest}"))
        }
        _ => parse(text),
    }
}

/// Parses a connection string. The error quotes no part of the user name or the password.
pub(crate) fn parse(text: &str) -> Result<ConnectionString, SettingsError> {
    if text.trim_start().starts_with("mongodb+srv:") {
        return Err(SettingsError::Uri(
            "`mongodb+srv` is not understood: name the hosts after `mongodb://`".to_owned(),
        ));
    }
    if has_option(text, "tlsAllowInvalidHostnames") {
        return Err(SettingsError::Uri(
            "`tlsAllowInvalidHostnames` is not understood: the certificate must name the host, so \
             name the host as the certificate does, in /etc/hosts too where a tunnel leads to it"
                .to_owned(),
        ));
    }
    ConnectionString::parse(text.trim()).map_err(|_| SettingsError::Uri(explain(text)))
}

fn has_option(text: &str, name: &str) -> bool {
    let options = text.rsplit_once('?').map_or("", |(_, options)| options);
    let mut options = options.split(['&', ';']);
    options.any(|option| {
        let given = option.split('=').next().unwrap_or_default();
        given.eq_ignore_ascii_case(name)
    })
}

/// Says why a string cannot be parsed. The driver's message may quote any part of its input, so it
/// gets only the part after the credentials.
fn explain(text: &str) -> String {
    const FORM: &str = "it is `mongodb://host:port/database?option=value`";
    let Some((_, rest)) = text.split_once("://") else {
        return FORM.to_owned();
    };
    let open = rest.rsplit_once('@').map_or(rest, |(_, open)| open);
    match ConnectionString::parse(format!("mongodb://{open}")) {
        Ok(_) if open == rest => FORM.to_owned(),
        Ok(_) => "user name and password must be percent-encoded".to_owned(),
        Err(error) => match *error.kind {
            mongodb::error::ErrorKind::InvalidArgument { message, .. } => message,
            _ => FORM.to_owned(),
        },
    }
}

/// Removes the options of a connection string that have no effect here or must have none. Returns a
/// warning for each.
pub(crate) fn correct(uri: &mut ConnectionString) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    #[allow(deprecated)]
    if uri.socket_timeout.take().is_some() {
        warnings.push(
            "`socketTimeoutMS` has no effect: every call ends after 2.5 s, and before the deadline \
             of its request",
        );
    }
    if uri.wait_queue_timeout().is_some() {
        warnings.push(
            "`waitQueueTimeoutMS` has no effect: waiting for a connection counts towards the 2.5 s \
             of a call",
        );
    }
    let preference = uri.read_preference.take();
    if preference.is_some_and(|preference| preference != ReadPreference::Primary) {
        warnings.push(
            "`readPreference` is taken as `primary`: a secondary may still show a session that was \
             ended",
        );
    }
    warnings
}

/// Refuses options that make writes or the connection unsafe.
pub(crate) fn refuse(uri: &ConnectionString, tls_required: bool) -> Result<(), SettingsError> {
    let concern = uri.write_concern.as_ref();
    if concern.is_some_and(|concern| concern.w == Some(Acknowledgment::Nodes(0))) {
        return Err(SettingsError::Unacknowledged);
    }
    if uri.max_pool_size == Some(0) {
        return Err(SettingsError::Uri(
            "`maxPoolSize=0` would mean any number of connections, which a database does not bear: \
             write the most for this process, such as `maxPoolSize=10`, or leave it out for 2"
                .to_owned(),
        ));
    }
    if !tls_required {
        return Ok(());
    }
    match &uri.tls {
        Some(Tls::Disabled) => Err(SettingsError::Insecure("tls=false")),
        Some(Tls::Enabled(options)) if options.allow_invalid_certificates == Some(true) => {
            let option = match uri.tls_insecure() {
                Some(true) => "tlsInsecure=true",
                _ => "tlsAllowInvalidCertificates=true",
            };
            Err(SettingsError::Insecure(option))
        }
        _ => Ok(()),
    }
}

/// Whether all hosts of a connection string are this machine: loopback addresses, `localhost`, or
/// sockets in the file system. A string that cannot be parsed names none.
#[must_use]
pub fn is_on_this_machine(uri: &SecretText) -> bool {
    let uri = parse_without_credentials(uri.expose());
    let Ok(HostInfo::HostIdentifiers(hosts)) = uri.map(|uri| uri.host_info) else {
        return false;
    };
    hosts.iter().all(|host| match host {
        ServerAddress::Tcp { host, .. } => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let address = bare.parse().map(|it: IpAddr| it.to_canonical());
            address.map_or(bare.eq_ignore_ascii_case("localhost"), |it| {
                it.is_loopback()
            })
        }
        ServerAddress::Unix { .. } => true,
        _ => false,
    })
}

/// Whether all hosts are Amazon's. Public lists do not include Amazon's roots for them.
pub(crate) fn is_amazon(uri: &ConnectionString) -> bool {
    let HostInfo::HostIdentifiers(hosts) = &uri.host_info else {
        return false;
    };
    !hosts.is_empty()
        && hosts.iter().all(|host| {
            let ServerAddress::Tcp { host, .. } = host else {
                return false;
            };
            let name = host.to_ascii_lowercase();
            name.ends_with(".docdb.amazonaws.com") || name.ends_with(".docdb-elastic.amazonaws.com")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_string_is_explained_without_its_secrets() {
        for (text, expected) in [
            ("localhost", "mongodb://host"),
            ("mongodb+srv://a:hunter2@h/", "mongodb+srv"),
            ("mongodb://a:hun/ter2@host/", "percent-encoded"),
            ("mongodb://a:hun@ter2@host/", "percent-encoded"),
            ("mongodb://a:hunter2@host/?maxPoolSiz=1", "maxpoolsize"),
            ("mongodb://a:hunter2@host/?tls=perhaps", "`tls`"),
            ("mongodb://a:hunter2@host:port/", "port"),
            (
                "mongodb://a:hunter2@host/?tls=true&tlsallowinvalidhostnames=true",
                "`tlsAllowInvalidHostnames` is not understood: the certificate must name the host",
            ),
        ] {
            let sentence = parse(text).unwrap_err().to_string();
            assert!(sentence.contains(expected), "{text}: {sentence}");
            assert!(!sentence.contains("hun"), "{sentence}");
            assert!(!sentence.contains("ter2"), "{sentence}");
        }
    }

    #[test]
    fn credentials_from_elsewhere_leave_the_rest_of_the_string_as_it_is() {
        let text = "mongodb://host/?authMechanism=SCRAM-SHA-1&authSource=users&tls=true";
        assert!(parse(text).is_err());
        let uri = parse_without_credentials(text).unwrap();
        let credential = uri.credential.unwrap();
        assert_eq!(credential.source.as_deref(), Some("users"));
        assert!(credential.mechanism.is_some() && uri.tls.is_some());
        assert!(parse_without_credentials("mongodb://u:p@host/").is_ok());
        assert!(parse_without_credentials("host").is_err());
    }

    #[test]
    fn an_option_without_effect_is_warned_of_with_what_takes_its_place() {
        for (options, expected) in [
            ("socketTimeoutMS=1", "2.5 s"),
            ("waitQueueTimeoutMS=1", "2.5 s"),
            ("readPreference=secondaryPreferred", "`primary`"),
            ("readPreference=nearest", "`primary`"),
        ] {
            let mut uri = parse(&format!("mongodb://host/?{options}")).unwrap();
            let warnings = correct(&mut uri);
            assert_eq!(warnings.len(), 1, "{options}");
            assert!(warnings[0].contains(expected), "{options}");
        }
        let mut uri = parse("mongodb://host/?readPreference=primary&maxPoolSize=3").unwrap();
        assert!(correct(&mut uri).is_empty());
    }

    #[test]
    fn what_weakens_tls_is_refused_where_it_is_required() {
        for (options, secure) in [
            ("", true),
            ("tls=true", true),
            ("tlsInsecure=false", true),
            ("tls=false", false),
            ("ssl=false", false),
            ("tlsInsecure=true", false),
            ("tlsAllowInvalidCertificates=true", false),
        ] {
            let uri = parse(&format!("mongodb://host/?{options}")).unwrap();
            assert_eq!(refuse(&uri, true).is_ok(), secure, "{options}");
            assert!(refuse(&uri, false).is_ok(), "{options}");
        }
    }

    #[test]
    fn the_number_of_connections_is_bounded() {
        let uri = parse("mongodb://host/?maxPoolSize=0").unwrap();
        let sentence = refuse(&uri, false).unwrap_err().to_string();
        assert!(
            sentence.starts_with("MONGODB_URI: `maxPoolSize=0`"),
            "{sentence}"
        );
        assert!(sentence.contains("such as `maxPoolSize=10`"), "{sentence}");
    }

    #[test]
    fn writes_are_acknowledged() {
        let uri = parse("mongodb://host/?w=0").unwrap();
        assert!(refuse(&uri, false).is_err());
    }

    #[test]
    fn this_machine_is_told_by_every_host() {
        for (uri, expected) in [
            ("mongodb://localhost/", true),
            ("mongodb://u:p@127.0.0.1:1,LOCALHOST:2,[::1]:3/x", true),
            ("mongodb://127.0.0.1,db.example.com/", false),
            ("mongodb://10.0.0.1/", false),
            ("mongodb://localhost.example.com/", false),
            ("mongodb+srv://localhost/", false),
            ("nonsense", false),
        ] {
            let uri = SecretText::new(uri.to_owned());
            assert_eq!(is_on_this_machine(&uri), expected, "{uri:?}");
        }
    }

    #[test]
    fn hosts_of_amazon_are_told_by_their_whole_ending() {
        for (hosts, expected) in [
            ("c.cluster-x.eu-west-1.docdb.amazonaws.com:27017", true),
            ("C.eu-west-1.DOCDB.amazonaws.com", true),
            ("a.docdb.amazonaws.com,localhost", false),
            ("docdb.amazonaws.com.example.com", false),
            ("localhost", false),
        ] {
            let uri = parse(&format!("mongodb://{hosts}/")).unwrap();
            assert_eq!(is_amazon(&uri), expected, "{hosts}");
        }
    }
}
