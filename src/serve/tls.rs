//! HTTPS with a certificate authority that lives as long as the service: for engines that insist on https or on the
//! platforms' own host names. Only with the feature `tls`: keys and handshakes are a good part of a build, and most never
//! serve them.

#[cfg(feature = "tls")]
pub use with::{Acceptor, server_name, throw_away};
#[cfg(not(feature = "tls"))]
pub use without::{Acceptor, server_name, throw_away};

/// Whether it was built.
pub const IS_BUILT: bool = cfg!(feature = "tls");

/// A new authority's certificate for clients to trust (PEM), and what accepts their connections.
pub type ThrowAway = (String, Acceptor);

#[cfg(feature = "tls")]
mod with {
    use std::sync::Arc;

    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    };
    pub use tokio_rustls::TlsAcceptor as Acceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

    use super::ThrowAway;
    use crate::engine::config::Platform;

    /// Names that the certificate is good for beside those of the platforms: this machine's.
    const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

    fn names(more: &[String]) -> Vec<String> {
        let platforms = Platform::ALL.into_iter();
        let served = platforms.flat_map(|it| it.describe().served_names);
        let names = OWN_NAMES.iter().chain(served);
        let mut names: Vec<String> = names.map(|name| (*name).to_string()).collect();
        for name in more {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The name that a client asked for in its handshake.
    pub fn server_name<S>(stream: &tokio_rustls::server::TlsStream<S>) -> Option<String> {
        stream.get_ref().1.server_name().map(str::to_string)
    }

    /// Makes a new authority, whose certificate is good for this machine's names, those of the platforms, and `more`.
    ///
    /// # Errors
    /// When keys cannot be made; says why.
    pub fn throw_away(more: &[String]) -> Result<ThrowAway, String> {
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
        let mut leaf = CertificateParams::new(names(more)).map_err(said)?;
        leaf.distinguished_name
            .push(DnType::CommonName, "localhost");
        let leaf = leaf.signed_by(&key, &issuer).map_err(said)?;

        let chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| format!("no certificate could be made: {error}"))?;
        Ok((certificate.pem(), Acceptor::from(Arc::new(config))))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn each_authority_is_its_own() {
            let (one, _) = throw_away(&[]).unwrap();
            let (other, _) = throw_away(&[]).unwrap();
            assert!(one.starts_with("-----BEGIN CERTIFICATE-----"));
            assert_ne!(one, other);
        }

        /// This machine, any shop, and the hosts that engines have built in.
        #[test]
        fn the_certificate_is_for_every_host_that_engines_have_built_in() {
            let own = ["shop.example".to_string(), "localhost".to_string()];
            let names = names(&own);
            for name in [
                "localhost",
                "*.myshopify.com",
                "sellingpartnerapi-fe.amazon.com",
                "sqs.eu-west-1.amazonaws.com",
                "auth.tiktok-shops.com",
                "shop.example",
            ] {
                assert!(names.iter().any(|it| it == name), "{name}");
            }
            assert_eq!(names.len(), 18);
        }
    }
}

#[cfg(not(feature = "tls"))]
mod without {
    use std::io;

    use super::ThrowAway;

    /// There is none.
    #[derive(Clone, Debug)]
    pub enum Acceptor {}

    impl Acceptor {
        /// Never called.
        ///
        /// # Errors
        /// None.
        pub async fn accept<Stream>(&self, _: Stream) -> io::Result<Stream> {
            match *self {}
        }
    }

    /// None was ever asked for.
    pub fn server_name<Stream>(_: &Stream) -> Option<String> {
        None
    }

    /// Makes none.
    ///
    /// # Errors
    /// Says how to build what does.
    pub fn throw_away(_: &[String]) -> Result<ThrowAway, String> {
        Err("this command was built without TLS; build it with --features tls".to_string())
    }
}
