//! Lines of text, used as filters and a search over a small profile.
#![no_main]

#[path = "../../tests/support/fuzzed.rs"]
#[allow(dead_code, reason = "each target uses some of the checks")]
mod fuzzed;

use std::sync::{Arc, LazyLock};

use heapglass::analysis::filter::Filter;
use heapglass::profile::Series;

static SERIES: LazyLock<Arc<Series>> = LazyLock::new(|| {
    fuzzed::series(include_bytes!("../../tests/data/pprof/go-shop-1.pb.gz")).expect("a valid profile")
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let search = lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    fuzzed::check_filters(&SERIES, lines.take(4).map(Filter::parse).collect(), search);
});
