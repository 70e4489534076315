//! HTTPS with a certificate authority that lives as long as the service: for engines that insist on https or on the
//! platforms' own host names.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Names that the certificate is good for: this machine, and the hosts that engines have built in.
const NAMES: [&str; 15] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "*.myshopify.com",
    "sellingpartnerapi-na.amazon.com",
    "sellingpartnerapi-eu.amazon.com",
    "sellingpartnerapi-fe.amazon.com",
    "api.amazon.com",
    "api.amazon.co.uk",
    "sqs.us-east-1.amazonaws.com",
    "sqs.eu-west-1.amazonaws.com",
    "sqs.us-west-2.amazonaws.com",
    "open-api.tiktokglobalshop.com",
    "auth.tiktok-shops.com",
    "api.tiktokshopglobal.com",
];

/// A new authority's certificate for clients to trust (PEM), and what accepts their connections.
///
/// # Errors
/// When keys cannot be made; says why.
pub fn throw_away() -> Result<(String, TlsAcceptor), String> {
    let said = |error: rcgen::Error| format!("no certificate could be made: {error}");
    let authority_key = KeyPair::generate().map_err(said)?;
    let mut authority = CertificateParams::new(Vec::<String>::new()).map_err(said)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, "Oversell throw-away authority");
    let certificate = authority.self_signed(&authority_key).map_err(said)?;
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate().map_err(said)?;
    let names: Vec<String> = NAMES.map(str::to_string).to_vec();
    let mut leaf = CertificateParams::new(names).map_err(said)?;
    leaf.distinguished_name
        .push(DnType::CommonName, "localhost");
    let leaf = leaf.signed_by(&key, &issuer).map_err(said)?;

    let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("no certificate could be made: {error}"))?;
    Ok((certificate.pem(), TlsAcceptor::from(Arc::new(config))))
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_authority_is_its_own() {
        let (one, _) = super::throw_away().unwrap();
        let (other, _) = super::throw_away().unwrap();
        assert!(one.starts_with("-----BEGIN CERTIFICATE-----"));
        assert_ne!(one, other);
    }
}
