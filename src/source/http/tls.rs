//! HTTP client with its certificate authorities.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::url::Scheme;
use super::{Access, AuthoritiesError, CertificateTrust, ClientIdentity, HttpError, Url};

/// Maximum size of a file of certificate authorities; the authorities of a system take a quarter of a MiB.
const MAX_PEM_BYTES: u64 = 4 << 20;

/// Reuse of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connections {
    /// One connection for each request, since a service may be another process at the next snapshot.
    Single,
    /// Connections are kept open, one for each request in flight.
    Kept,
}

/// Maximum number of connections kept open to a store.
const MOST_KEPT: usize = 8;

/// Use of the user's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// The certificate is sent to a service that requests it.
    Shown,
    /// The certificate is not sent, because a redirect has led to another service.
    Withheld,
}

/// Client for requests to an address and their redirects.
pub(super) fn agent(
    access: &Access,
    url: &Url,
    connections: Connections,
    identity: Identity,
) -> Result<Agent, HttpError> {
    let kept = if connections == Connections::Kept { MOST_KEPT } else { 0 };
    let timeouts = access.timeouts(url);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    let tls = match &access.trust {
        CertificateTrust::All => tls.disable_verification(true).root_certs(RootCerts::new_with_certs(&[])),
        CertificateTrust::File(path) => tls.root_certs(RootCerts::new_with_certs(&authorities_in_file(path)?)),
        CertificateTrust::System => tls.root_certs(RootCerts::new_with_certs(&system_authorities(url)?)),
    };
    let tls = match &access.identity {
        Some(files) if identity == Identity::Shown => tls.client_cert(Some(client_certificate(files)?)),
        _ => tls,
    };
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("heapglass/", env!("CARGO_PKG_VERSION")))
        .accept("*/*")
        .accept_encoding("gzip")
        .max_idle_connections(kept)
        .max_idle_connections_per_host(kept)
        .timeout_resolve(Some(timeouts.connect))
        .timeout_connect(Some(timeouts.connect))
        .timeout_send_request(Some(timeouts.response))
        .timeout_recv_response(Some(timeouts.response));
    Ok(config.build().into())
}

/// Bytes of a PEM file.
fn pem_file(path: &Path) -> Result<Vec<u8>, AuthoritiesError> {
    let unreadable = |_| AuthoritiesError::Unreadable(path.to_owned());
    let mut text = Vec::new();
    File::open(path).map_err(unreadable)?.take(MAX_PEM_BYTES + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_PEM_BYTES {
        return Err(AuthoritiesError::TooLarge(path.to_owned()));
    }
    Ok(text)
}

/// Certificate and key of the user. Checks that they match, since the client does not.
fn client_certificate(files: &ClientIdentity) -> Result<ClientCert, AuthoritiesError> {
    let path = &files.certificate;
    let chain = authorities_in_file(path)?;
    let key_path = files.key.as_ref().unwrap_or(path);
    let text = pem_file(key_path)?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|_| AuthoritiesError::NoKey(key_path.clone()))?;
    let ders = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mismatch = |_| AuthoritiesError::KeyMismatch(key_path.clone());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(mismatch)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_client_auth_cert(ders, key)
        .map_err(mismatch)?;
    let key = PrivateKey::from_pem(&text).map_err(|_| AuthoritiesError::NoKey(key_path.clone()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// Certificates of a PEM file.
fn authorities_in_file(path: &Path) -> Result<Vec<Certificate<'static>>, AuthoritiesError> {
    let text = pem_file(path)?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(AuthoritiesError::NotPem(path.to_owned())),
        }
    }
    if found.is_empty() { Err(AuthoritiesError::NoCertificate(path.to_owned())) } else { Ok(found) }
}

/// Certificate authorities of the system. Their absence is an error for `https:` only.
fn system_authorities(url: &Url) -> Result<Vec<Certificate<'static>>, AuthoritiesError> {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() && url.scheme() == Scheme::Https {
        return Err(AuthoritiesError::NoneOnSystem);
    }
    Ok(found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect())
}
