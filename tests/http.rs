//! Live sources: a profile of a service is like any other, and every fault ends soon, in one line, without a password.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::server::{Server, Stream, drip, head, hold, ok, redirect, status};
use crate::support::{Outcome, command, data, result, run};

/// Longer than any wait of these tests, and shorter than the default ones.
const SOON: Duration = Duration::from_secs(20);
/// Password that must not appear.
const SECRET: &str = "geheim";

fn profile() -> Vec<u8> {
    fs::read(data().join("pprof/node.pb.gz")).unwrap()
}

fn service() -> Server {
    let bytes = profile();
    Server::start(move |_, stream| ok(stream, &bytes))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs `report top` on an address; checks that it ends soon, and its messages.
fn top(url: &str, args: &[&str]) -> Outcome {
    let began = Instant::now();
    let outcome = run(&[&["report", "top", url], args].concat());
    assert!(began.elapsed() < SOON, "{:?} for {url}", began.elapsed());
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
    outcome
}

/// Line of a failure, with its hint.
fn line(url: &str, args: &[&str], code: i32) -> String {
    let outcome = top(url, args);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{}", outcome.stderr);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let hints = lines.iter().filter(|line| line.starts_with("hint: ")).count();
    assert_eq!(lines.len() - hints, 1, "{}", outcome.stderr);
    assert!(hints < 2 && lines.iter().all(|line| line.chars().count() < 400), "{}", outcome.stderr);
    lines[0].to_owned()
}

#[test]
fn a_service_is_a_source_like_a_file() {
    let service = service();
    let from_file = result(&["report", "top", "pprof/node.pb.gz"]);
    let outcome = top(&service.url_of(&format!("me:{SECRET}"), ""), &[]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let shown = service.url_of("me:***", "/debug/pprof/heap");
    assert_eq!(outcome.stdout, from_file.replacen("pprof/node.pb.gz", &shown, 1));
    assert!(service.heard()[0].starts_with("GET /debug/pprof/heap HTTP/1.1\r\n"), "{:?}", service.heard());
    assert!(service.heard()[0].to_lowercase().contains("authorization: basic bwu6z2vozwlt"), "{:?}", service.heard());

    let plain = result(&["report", "top", &service.place()]);
    assert!(plain.starts_with(&service.url("/debug/pprof/heap")), "{plain}");
    result(&["report", "top", &service.url("/x?a=b"), "--seconds", "7"]);
    assert!(service.heard()[2].starts_with("GET /x?a=b&seconds=7 HTTP/1.1\r\n"), "{:?}", service.heard());
    let several = run(&["report", "diff", &service.url("/a"), "--base", &service.url("/b")]);
    assert_eq!(several.code, 0, "{}", several.stderr);
    assert_eq!(service.heard().len(), 5);
}

#[test]
fn a_file_is_a_file_whatever_its_name() {
    let folder = std::env::temp_dir().join(format!("heapglass-host-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("host:80"), profile()).unwrap();
    let output = command(&["report", "top", "host:80"]).current_dir(&folder).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn headers_come_from_elsewhere_than_the_command_line() {
    let service = service();
    let path = std::env::temp_dir().join(format!("heapglass-token-{}", std::process::id()));
    fs::write(&path, "from-a-file\n").unwrap();
    let file = format!("X-File: @{}", path.display());
    let args = ["report", "top", &service.url(""), "--header", &file, "--header", "Authorization: Bearer $TOKEN"];
    let output = command(&args).env("TOKEN", SECRET).output().unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let heard = service.heard()[0].to_lowercase();
    assert!(heard.contains("x-file: from-a-file") && heard.contains("authorization: bearer geheim"), "{heard}");
    let said = line(&service.url(""), &["--header", "geheim"], 2);
    assert_eq!(said, "heapglass: `--header`: a header is not written as `Name: value`");
}

#[test]
fn a_network_that_is_turned_off_is_not_used() {
    let service = service();
    let output = command(&["report", "top", &service.url("")]).env("HEAPGLASS_SECURE", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("the network is turned off\nhint: `HEAPGLASS_SECURE` is set"), "{said}");
    assert!(service.heard().is_empty());
}

/// Every argument that may be the address of a service, as the arguments of a command around it.
const ADDRESSES: [&[&str]; 7] = [
    &["report", "top", "URL"],
    &["report", "diff", "pprof/node.pb.gz", "--base", "URL"],
    &["report", "summary", "pprof/node.pb.gz", "--gc-log", "URL"],
    &["check", "pprof/node.pb.gz", "--max-new", "1GiB", "--baseline", "URL"],
    &["check", "pprof/node.pb.gz", "--max-growth", "5%", "--base", "URL"],
    &["record", "URL", "--every", "1s", "--count", "1", "--dir", "SNAPSHOTS"],
    &["URL"],
];

/// Runs a command with an address in it.
fn with_address(args: &[&str], url: &str, more: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let folder = std::env::temp_dir().join(format!("heapglass-secure-{}", std::process::id()));
    let fill = |arg: &&str| match *arg {
        "URL" => url.to_owned(),
        "SNAPSHOTS" => folder.to_str().unwrap().to_owned(),
        other => other.to_owned(),
    };
    let args: Vec<String> = args.iter().chain(more).map(fill).collect();
    let mut command = command(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let _ = fs::remove_dir_all(folder);
    Outcome {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn every_address_passes_one_gate() {
    let service = service();
    for args in ADDRESSES {
        let outcome = with_address(args, &service.url("/x"), &[], &[("HEAPGLASS_SECURE", "1")]);
        assert!(outcome.stderr.contains("the network is turned off"), "{args:?}: {}", outcome.stderr);
    }
    assert!(service.heard().is_empty(), "{:?}", service.heard());
    let silent = Server::start(|_, stream| hold(stream));
    // A recording continues after a timeout, see `recording.rs`.
    let once = || ADDRESSES.iter().filter(|args| args[0] != "record");
    for args in once() {
        let began = Instant::now();
        let outcome = with_address(args, &silent.url("/x"), &["--timeout", "0.3"], &[]);
        assert!(outcome.stderr.contains("not done within 0.3 s"), "{args:?}: {}", outcome.stderr);
        assert!(began.elapsed() < SOON, "{args:?}");
    }
    assert_eq!(silent.heard().len(), once().count(), "each is asked once");
}

/// Whoever adds a place that opens an address adds a row to [`ADDRESSES`] with it.
#[test]
fn addresses_are_opened_in_known_places() {
    let mut places = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            if code.contains(".open_limited(") || code.contains("fetch::open(") {
                places.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    places.sort();
    let known = [
        "src/cli/check.rs",
        "src/cli/history.rs",
        "src/cli/record/recording.rs",
        "src/load.rs",
        "src/load/archive.rs",
        "src/load/binaries.rs",
        "src/load/gc_logs.rs",
        "src/load/memory_files.rs",
        "src/source/address.rs",
        "src/source/http/remote.rs",
    ];
    assert_eq!(places, known);
}

#[test]
fn files_that_options_name_have_a_limit() {
    let folder = std::env::temp_dir().join(format!("heapglass-large-options-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let large = folder.join("large");
    fs::write(&large, vec![b'x'; 5 << 20]).unwrap();
    let large = large.to_str().unwrap();
    let (tls, header) = (Server::start_tls(|_, stream| ok(stream, b"")), format!("X-Token: @{large}"));
    for (args, words) in [
        (vec!["report", "top", "URL", "--cacert", large], "has more than 4 MiB"),
        (vec!["report", "top", "URL", "--header", &header], "has more than 64 KiB"),
        (vec!["report", "top", "pprof/node.pb.gz", "--config", large], "it is larger than 1 MiB"),
        (vec!["report", "top", "pprof/node.pb.gz", "--gc-log", large, "--max-input", "1MiB"], "the limit of 1 MiB"),
        (
            vec!["check", "pprof/node.pb.gz", "--max-new", "1GiB", "--baseline", large, "--max-memory", "16MiB"],
            "the limit of 16 MiB",
        ),
    ] {
        let outcome = with_address(&args, &tls.url("/x"), &[], &[]);
        assert!(outcome.stderr.contains(words), "{args:?}: {}", outcome.stderr);
    }
    fs::remove_dir_all(folder).unwrap();
    assert!(tls.heard().is_empty(), "{:?}", tls.heard());
}

#[test]
fn slow_servers_are_left_in_time() {
    let headers = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nX-")?;
        hold(stream)
    });
    let dripping = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        drip(stream)
    });
    let refusing = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 503 Service Unavailable\r\n\r\nnot ready")?;
        drip(stream)
    });
    let silent = Server::start(|_, stream| hold(stream));
    for server in [&headers, &dripping, &silent] {
        let said = line(&server.url_of(&format!("me:{SECRET}"), "/x"), &["--timeout", "0.3"], 2);
        assert!(said.ends_with(": not done within 0.3 s"), "{said}");
    }
    let said = line(&refusing.url(""), &["--timeout", "0.3"], 2);
    assert!(said.contains("503 Service Unavailable") || said.contains("not done within"), "{said}");
}

#[test]
fn endless_answers_reach_a_limit() {
    let endless = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[0; 4096])?;
        }
    });
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 1 << 17);
    let packed = Server::start(move |_, stream| {
        let length = bomb.len();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n")?;
        stream.write_all(&bomb)
    });
    let header = Server::start(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
        loop {
            write!(stream, "X-Y: {}\r\n", "z".repeat(1000))?;
        }
    });
    for server in [&endless, &packed] {
        let said = line(&server.url(""), &["--max-input", "1M", "--timeout", "15"], 3);
        assert!(said.ends_with("passed the limit of 1 MiB"), "{said}");
    }
    let said = line(&header.url(""), &["--timeout", "15"], 2);
    assert!(said.contains("no proper HTTP"), "{said}");
}

#[test]
fn compressed_replies_are_decompressed() {
    let packed = Server::start(|_, stream| {
        let body = gzip(&profile());
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n")?;
        stream.write_all(&body)
    });
    assert_eq!(top(&packed.url(""), &[]).code, 0);
    let unknown = Server::start(|_, stream| write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxyz"));
    let said = line(&unknown.url(""), &[], 2);
    assert!(said.ends_with("the answer is packed as `br`, which is not read"), "{said}");
}

#[test]
fn redirects_are_bounded_and_lead_nowhere_else_than_to_the_web() {
    let circle = Server::start(|head, stream| {
        let number: usize = head.split(['/', ' ']).nth(2).unwrap().parse().unwrap_or(0);
        redirect(stream, &format!("/{}", number + 1))
    });
    let said = line(&circle.url("/0"), &[], 2);
    assert!(said.ends_with("redirected more than 5 times"), "{said}");
    assert_eq!(circle.heard().len(), 6);
    for (to, words) in [
        ("file:///etc/passwd", "redirected to what cannot be fetched: `file:` is not fetched"),
        ("gopher://127.0.0.1/", "redirected to what cannot be fetched: `gopher:` is not fetched"),
        ("http://", "redirected to what cannot be fetched: it names no host"),
    ] {
        let server = Server::start(move |_, stream| redirect(stream, to));
        let said = line(&server.url(""), &[], 2);
        assert!(said.contains(words), "{said}");
    }
    let encrypted = service();
    let to = encrypted.url("/x");
    let down = Server::start_tls(move |_, stream| redirect(stream, &to));
    let outcome = top(&down.url(""), &["--insecure"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("redirected from `https:` to `http:`, which is not followed"),
        "{}",
        outcome.stderr
    );
    assert!(encrypted.heard().is_empty());
}

#[test]
fn credentials_go_to_one_origin_only() {
    let other = service();
    let (to, back) = (other.url("/there"), std::sync::Arc::new(std::sync::OnceLock::<String>::new()));
    let first = Server::start(move |_, stream| redirect(stream, &to));
    let url = first.url_of(&format!("me:{SECRET}"), "/x");
    let outcome = top(&url, &["--header", "X-Key: geheim"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let [at_home, elsewhere] = [first.heard(), other.heard()].map(|heard| heard.join("").to_lowercase());
    assert!(at_home.contains("authorization: ") && at_home.contains("x-key: geheim"), "{at_home}");
    assert!(!elsewhere.contains("authorization") && !elsewhere.contains("x-key"), "{elsewhere}");
    assert!(elsewhere.starts_with("get /there "), "{elsewhere}");

    // A redirect chain through another origin is not trusted.
    let address = std::sync::Arc::clone(&back);
    let mirror = Server::start(move |_, stream| redirect(stream, address.get().unwrap()));
    let to = mirror.url("/");
    let home = Server::start(
        move |head, stream| {
            if head.starts_with("GET /in ") { ok(stream, &profile()) } else { redirect(stream, &to) }
        },
    );
    back.set(home.url("/in")).unwrap();
    assert_eq!(top(&home.url_of(&format!("me:{SECRET}"), "/x"), &[]).code, 0);
    let heard = home.heard();
    assert!(heard[0].to_lowercase().contains("authorization") && !heard[1].to_lowercase().contains("authorization"));

    let strict = Server::start(|_, stream| status(stream, "401 Unauthorized", ""));
    let (to, place) = (strict.url("/"), strict.place());
    let first = Server::start(move |_, stream| redirect(stream, &to));
    let outcome = top(&first.url_of(&format!("me:{SECRET}"), "/x"), &[]);
    assert!(outcome.stderr.contains(&format!("hint: it was redirected to http://{place}")), "{}", outcome.stderr);
}

#[test]
fn certificates_are_checked_unless_nobody_wants_that() {
    let server = Server::start_tls(|_, stream: &mut dyn Stream| ok(stream, &profile()));
    let said = line(&server.url(""), &[], 2);
    assert!(said.contains(&format!("the certificate of {} is not trusted: ", server.place())), "{said}");
    assert!(server.heard().is_empty(), "nothing is asked before it is sure who answers");

    let path = std::env::temp_dir().join(format!("heapglass-ca-{}.pem", std::process::id()));
    fs::write(&path, &server.certificate).unwrap();
    let trusted = top(&server.url(""), &["--cacert", path.to_str().unwrap()]);
    let other = Server::start_tls(|_, stream| ok(stream, &profile()));
    let said = line(&other.url(""), &["--cacert", path.to_str().unwrap()], 2);
    fs::write(&path, "no certificate").unwrap();
    let none = line(&server.url(""), &["--cacert", path.to_str().unwrap()], 2);
    fs::remove_file(&path).unwrap();
    assert_eq!((trusted.code, trusted.stderr.as_str()), (0, ""));
    assert!(said.contains("is not trusted"), "{said}");
    assert!(none.contains("there is no certificate in this file"), "{none}");

    let believed = top(&server.url(""), &["--insecure"]);
    assert_eq!(believed.code, 0, "{}", believed.stderr);
    assert!(believed.stderr.starts_with("heapglass: certificates are not verified"), "{}", believed.stderr);
    let to = server.url("/x");
    let up = Server::start(move |_, stream| redirect(stream, &to));
    assert_eq!(top(&up.url(""), &["--insecure"]).code, 0, "from `http:` to `https:` is followed");
    let plain = service();
    let said = line(&plain.url("").replace("http:", "https:"), &[], 2);
    assert!(said.contains("no encrypted connection"), "{said}");
}

#[test]
fn a_reply_that_is_no_profile_is_named_in_one_line() {
    let cases: [(&str, &str); 8] = [
        (
            "HTTP/1.1 500 Oops\r\n\r\n\x1b[2J\x1b]52;c;geh\x07gone",
            "500 Internal Server Error: \\x1b[2J\\x1b]52;c;geh\\x07gone",
        ),
        ("HTTP/1.1 404 Not Found\r\n\r\nUnknown profile\n", "404 Not Found: Unknown profile"),
        ("HTTP/1.1 404 Not Found\r\n\r\n<html><h1>No</h1>", "404 Not Found"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden"),
        ("HTTP/1.1 200 OK\r\n\r\n<!DOCTYPE html><title>Log in</title>", "not a profile: it starts with <!DOCTYPE html"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "the answer is empty"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\x1f", "closed before all of the profile had come"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "no proper HTTP"),
    ];
    for (answer, words) in cases {
        let server = Server::start(move |_, stream| stream.write_all(answer.as_bytes()));
        let said = line(&server.url_of(&format!("me:{SECRET}"), ""), &[], 2);
        assert!(said.contains(words), "{words}: {said}");
    }
    let cut = Server::start(|_, stream| {
        let bytes = profile();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
        stream.write_all(&bytes[..bytes.len() / 2])
    });
    let said = line(&cut.url(""), &[], 2);
    assert!(said.ends_with("the connection was closed before all of the profile had come"), "{said}");
    let nobody = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let said = line(&format!("http://{nobody}/"), &[], 2);
    assert!(said.ends_with(&format!("connection refused by {nobody}")), "{said}");
}

#[test]
fn a_proxy_stands_between_unless_it_is_told_not_to() {
    let proxy = Server::start(|request, stream| {
        if !request.starts_with("CONNECT ") {
            return status(stream, "502 Bad Gateway", "");
        }
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        stream.flush()?;
        head(stream);
        ok(stream, &profile())
    });
    let through = |url: &str, none: &str| {
        let mut command = command(&["report", "top", url, "--timeout", "5"]);
        command.env("http_proxy", proxy.url_of(&format!("me:{SECRET}"), "")).env("no_proxy", none);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains(SECRET), "{said}");
        output.status.code()
    };
    assert_eq!(through("http://service.invalid/x", ""), Some(0));
    assert!(proxy.heard()[0].starts_with("CONNECT service.invalid:80 "), "{:?}", proxy.heard());
    assert_eq!(through(&service().url(""), ""), Some(0));
    assert_eq!(through("http://127.0.0.1:1/x", "service.invalid"), Some(2));
    assert_eq!(proxy.heard().len(), 1, "this machine is asked directly");
}

#[test]
fn a_password_is_hidden_wherever_an_address_is_quoted() {
    let url = format!("http://me:{SECRET}@host/x");
    let lines: [&[&str]; 4] = [
        &["report", &url],
        &["report", "top", "--sample-type", &url, "demo:after"],
        &["record", "--every", "1s", "--dir", &url, "no/such/file"],
        &["--every", &url],
    ];
    for args in lines {
        let outcome = run(args);
        assert_eq!(outcome.code, 2);
        assert!(!outcome.stderr.contains(SECRET), "{}", outcome.stderr);
    }
}

#[test]
fn secrets_in_a_query_are_neither_shown_nor_written() {
    let service = service();
    let url = service.url(&format!("/heap?access_token={SECRET}&X-Amz-Signature={SECRET}"));
    for args in [
        &["report", "top", &url][..],
        &["report", "html", &url],
        &["report", "svg", &url],
        &["report", "digest", &url],
        &["report", "summary", &url, "--format", "json"],
        &["report", "top", &url, "--sample-type", "nothing"],
    ] {
        let outcome = run(args);
        assert!(!outcome.stdout.contains(SECRET), "{args:?}: {}", outcome.stdout);
        assert!(!outcome.stderr.contains(SECRET), "{args:?}: {}", outcome.stderr);
    }
    assert!(service.heard()[0].contains(&format!("access_token={SECRET}&")), "{:?}", service.heard());
}

#[test]
fn two_profiles_of_one_service_are_one_process() {
    let service = service();
    let [heap, allocs] = ["heap", "allocs"].map(|name| service.url(&format!("/debug/pprof/{name}")));
    let total = |urls: &[&str]| {
        let outcome = run(&[&["report", "top", "--format", "json"], urls].concat());
        let top: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        top["total"].as_i64().unwrap()
    };
    let one = total(&[&heap]);
    assert_eq!([total(&[&heap, &allocs]), total(&[&heap, &heap])], [one, one]);
}

/// Heap of a service that knows addresses only.
const NAMELESS_HEAP: &str = "heap profile: 3: 96 [3: 96] @ heap_v2/524288\n\
    1: 32 [1: 32] @ 0x1011 0x2021\n2: 64 [2: 64] @ 0x1111 0x2021\n";

/// Body of a request whose head was read.
fn body(head: &str, stream: &mut dyn Stream) -> String {
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut bytes = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn addresses_are_named_by_the_service_itself() {
    let service = Server::start(|head, stream| {
        if head.starts_with("POST /debug/pprof/symbol HTTP/1.1\r\n") {
            let asked = body(head, stream);
            assert_eq!(asked, "0x1010+0x1110+0x2020");
            return ok(stream, b"num_symbols: 1\n0x1010\tshop::load(int)\n0x2020\tmain\n0x1110\t0x1110\n");
        }
        ok(stream, NAMELESS_HEAP.as_bytes())
    });
    let outcome = top(&service.url_of(&format!("me:{SECRET}"), "/debug/pprof/"), &["--seconds", "1"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("shop::load(int)") && outcome.stdout.contains("main"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("<unknown>"), "an address without a name stays: {}", outcome.stdout);
    let heard = service.heard();
    assert!(heard[0].starts_with("GET /debug/pprof/heap?seconds=1 "), "{heard:?}");
    assert!(heard[1].to_lowercase().contains("authorization"), "the same settings hold: {heard:?}");
    assert_eq!(heard.len(), 2);

    let silent = Server::start(|head, stream| {
        if head.starts_with("POST") {
            // A connection that is closed before the question was read is reset, and may lose the answer.
            body(head, stream);
            status(stream, "404 Not Found", "")
        } else {
            ok(stream, NAMELESS_HEAP.as_bytes())
        }
    });
    let outcome = top(&silent.url("/heap"), &[]);
    assert_eq!(outcome.code, 0);
    let said = "3 addresses have no name, and the service gives none: the server answered 404 Not Found";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    assert!(silent.heard()[1].starts_with("POST /symbolz "), "{:?}", silent.heard());
    let endless = Server::start(|head, stream| {
        if head.starts_with("POST") {
            body(head, stream);
            ok(stream, &vec![b'x'; 20 << 20])
        } else {
            ok(stream, NAMELESS_HEAP.as_bytes())
        }
    });
    let outcome = top(&endless.url("/heap"), &[]);
    assert!(outcome.stderr.contains("the answer passed the limit of 16 MiB"), "{}", outcome.stderr);
    assert_eq!(outcome.code, 0);
}

#[test]
fn the_certificate_of_an_authority_is_named_as_such() {
    let authority = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let server = Server::start_tls_with(authority, |_, stream| ok(stream, &profile()));
    let path = std::env::temp_dir().join(format!("heapglass-ca-{}.pem", std::process::id()));
    fs::write(&path, &server.certificate).unwrap();
    let message = line(&server.url(""), &["--cacert", path.to_str().unwrap()], 2);
    fs::remove_file(&path).unwrap();
    assert!(message.contains("an authority (`CA:TRUE`)"), "{message}");
}

#[test]
fn a_service_is_shown_the_certificate_that_it_asks_for() {
    let client = rcgen::generate_simple_self_signed(vec!["me".to_owned()]).unwrap();
    let server = Server::start_mutual_tls(client.cert.der(), |_, stream| ok(stream, &profile()));
    let folder = std::env::temp_dir().join(format!("heapglass-mtls-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let ca = file("ca.pem", &server.certificate);
    let cert = file("cert.pem", &client.cert.pem());
    let key = file("key.pem", &client.signing_key.serialize_pem());
    let both = file("both.pem", &format!("{}{}", client.cert.pem(), client.signing_key.serialize_pem()));
    let stranger = rcgen::generate_simple_self_signed(vec!["other".to_owned()]).unwrap();
    let other_key = file("other.pem", &stranger.signing_key.serialize_pem());
    let url = server.url("");
    let known = top(&url, &["--cacert", &ca, "--cert", &cert, "--cert-key", &key]);
    let in_one = top(&url, &["--cacert", &ca, "--cert", &both]);
    let without = line(&url, &["--cacert", &ca], 2);
    let no_key = line(&url, &["--cacert", &ca, "--cert", &cert], 2);
    let mismatch = line(&url, &["--cacert", &ca, "--cert", &cert, "--cert-key", &other_key], 2);
    // A redirect to another service does not show the certificate there.
    let to = server.url("/x");
    let first = Server::start(move |_, stream| redirect(stream, &to));
    let redirected = top(&first.url(""), &["--cacert", &ca, "--cert", &both]);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!((known.code, known.stderr.as_str()), (0, ""));
    assert_eq!((in_one.code, in_one.stderr.as_str()), (0, ""));
    assert!(without.contains("demands a certificate of the client"), "{without}");
    assert!(no_key.contains("there is no private key in this file"), "{no_key}");
    assert!(mismatch.contains("does not go with the certificate"), "{mismatch}");
    assert_eq!(redirected.code, 2, "{}", redirected.stderr);
    assert_eq!(server.heard().len(), 2, "{:?}", server.heard());
}
