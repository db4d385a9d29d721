//! Servers on loopback that send given replies, valid or not, and record their requests.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Connection.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Function that replies to a request, given its head.
type Answer = dyn Fn(&str, &mut dyn Stream) -> io::Result<()> + Send + Sync;

/// Server that runs until the tests end.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    heard: Arc<Mutex<Vec<String>>>,
    /// Certificate of a TLS server, in PEM.
    pub certificate: String,
}

impl Server {
    /// Starts a server.
    pub fn start(answer: impl Fn(&str, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::listen(Arc::new(answer), None)
    }

    /// Starts a TLS server with a self-signed certificate.
    pub fn start_tls(answer: impl Fn(&str, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::start_tls_with(rcgen::IsCa::NoCa, answer)
    }

    /// Starts a TLS server with a self-signed certificate, which may be that of an authority.
    pub fn start_tls_with(
        is_ca: rcgen::IsCa,
        answer: impl Fn(&str, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut request = rcgen::CertificateParams::new(names).unwrap();
        request.is_ca = is_ca;
        let signing_key = rcgen::KeyPair::generate().unwrap();
        let made = request.self_signed(&signing_key).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.der().clone()], key.into())
            .unwrap();
        let mut server = Self::listen(Arc::new(answer), Some(Arc::new(config)));
        server.certificate = made.pem();
        server
    }

    /// Starts a TLS server that requires the certificate `client`, in DER.
    pub fn start_mutual_tls(
        client: &[u8],
        answer: impl Fn(&str, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(client.to_vec())).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let mut server = Self::listen(Arc::new(answer), Some(Arc::new(config)));
        server.certificate = made.cert.pem();
        server
    }

    fn listen(answer: Arc<Answer>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (scheme, notes) = (if tls.is_some() { "https" } else { "http" }, Arc::clone(&heard));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, tls, notes) = (Arc::clone(&answer), tls.clone(), Arc::clone(&notes));
                thread::spawn(move || serve(stream, tls, &*answer, &notes));
            }
        });
        Self { address, scheme, heard, certificate: String::new() }
    }

    /// Address of this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Address of this server with user and password.
    pub fn url_of(&self, userinfo: &str, path: &str) -> String {
        format!("{}://{userinfo}@{}{path}", self.scheme, self.address)
    }

    /// Host and port.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// Heads of all requests received so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, answer: &Answer, heard: &Mutex<Vec<String>>) {
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(stream),
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream)),
    };
    let head = head(&mut *stream);
    if head.is_empty() {
        return;
    }
    heard.lock().unwrap().push(head.clone());
    // Many servers still send after their client is gone, so errors are ignored.
    let _ = answer(&head, &mut *stream);
    let _ = stream.flush();
}

/// Reads the head of a request.
pub fn head(stream: &mut dyn Stream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    // A TLS handshake begins with this byte, and has no end to wait for.
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&0x16) && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Replies with a body.
pub fn ok(stream: &mut dyn Stream, body: &[u8]) -> io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(body)
}

/// Replies with a status and a text.
pub fn status(stream: &mut dyn Stream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Redirects the client.
pub fn redirect(stream: &mut dyn Stream, to: &str) -> io::Result<()> {
    write!(stream, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Keeps the connection open silently until the client is gone.
pub fn hold(stream: &mut dyn Stream) -> io::Result<()> {
    stream.flush()?;
    while stream.read(&mut [0; 64])? > 0 {}
    Ok(())
}

/// Sends a byte from time to time until the client is gone.
pub fn drip(stream: &mut dyn Stream) -> io::Result<()> {
    loop {
        stream.write_all(&[0])?;
        stream.flush()?;
        thread::park_timeout(Duration::from_millis(20));
    }
}
