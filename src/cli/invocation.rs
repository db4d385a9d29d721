//! Options that are not part of the query, for the command line shown by the explorer. Secrets are left out.

use crate::app::Invocation;
use crate::source::Address;
use crate::source::http::RequestHeader;

use super::args::LoadArgs;
use super::flags::given_options;

/// Sources and options of a command line.
pub(crate) fn given(load: &LoadArgs, addresses: &[Address]) -> Invocation {
    let options = given_options(load);
    let sources = if load.demo { Vec::new() } else { addresses.iter().map(Address::name).collect() };
    let base: Vec<String> = load.base.iter().map(|base| Address::parse(base).name()).collect();
    let typed = load.sources.iter().chain(&load.base).map(|source| source.to_string_lossy());
    let is_cut = typed.zip(sources.iter().chain(&base)).any(|(typed, shown)| typed.contains('@') && typed != **shown);
    let is_redacted = is_cut || load.net.header.iter().any(|header| RequestHeader::redacted(header) != *header);
    Invocation { sources, base, options, is_redacted, ..Invocation::default() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser as _;
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::filter::{Filter, FilterKind};
    use crate::analysis::{
        Aggregate, BaseInstance, Chains, Granularity, Inlines, Matching, Normalize, OtherTypes, Per, Pruning, Query,
        Recursion, Shares, StackDirection, StackOrder, Stacks, TreeShape, Width, Window,
    };
    use crate::cli::args::CommandLine;
    use crate::cli::figures::query;
    use crate::cli::flags::query_options;
    use crate::cli::request::Request;
    use crate::format::ReadOptions;
    use crate::load::{Progress, load};
    use crate::profile::{Role, Series};

    fn series() -> Series {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/shop-series");
        load(&[Address::parse(folder)], &ReadOptions::default(), &Arc::new(Progress::default())).unwrap().series
    }

    fn parsed(words: &[String]) -> CommandLine {
        CommandLine::try_parse_from(std::iter::once("heapglass".to_owned()).chain(words.iter().cloned())).unwrap()
    }

    fn filters() -> impl Strategy<Value = Vec<Filter>> {
        let kind = prop::sample::select(FilterKind::WORDS.map(|(_, kind, _)| kind).to_vec());
        let pattern = prop::sample::select(vec!["main", "-x", "fn:^a b$", "it's", "--focus", "bytes=1kb:2kb", "$(a)"]);
        // The command line has one list for each kind of filter, in pprof's order.
        let given = |mut filters: Vec<Filter>| {
            let order = |filter: &Filter| {
                let order = ["tagroot", "focus", "ignore", "hide", "show", "show-from", "tag", "tag-ignore"];
                order.iter().position(|word| *word == filter.kind.word()).unwrap_or(order.len())
            };
            filters.sort_by_key(order);
            filters
        };
        let filter = (kind, pattern).prop_map(|(kind, pattern)| Filter::new(kind, pattern));
        prop::collection::vec(filter, 0..5).prop_map(given)
    }

    /// Filters of the base in the order of their options: every second filter of the kinds that select samples, with
    /// another pattern.
    fn base_filters(filters: &[Filter]) -> Vec<Filter> {
        let order = [FilterKind::Focus, FilterKind::Ignore, FilterKind::TagFocus, FilterKind::TagIgnore];
        let of_kind = |kind| filters.iter().filter(move |filter| filter.kind == kind).step_by(2);
        let changed = |filter: &Filter| Filter::new(filter.kind, &filter.pattern.replace('a', ""));
        order.into_iter().flat_map(of_kind).map(changed).collect()
    }

    fn shapes() -> impl Strategy<Value = TreeShape> {
        let granularity = prop::sample::select(Granularity::WORDS.map(|(_, granularity)| granularity).to_vec());
        (granularity, any::<[bool; 4]>()).prop_map(|(granularity, [inlines, pruning, matching, recursion])| TreeShape {
            granularity,
            inlines: if inlines { Inlines::Hidden } else { Inlines::Shown },
            pruning: if pruning { Pruning::AllFrames } else { Pruning::FileRules },
            matching: if matching { Matching::Names } else { Matching::Raw },
            recursion: if recursion { Recursion::Folded } else { Recursion::Shown },
        })
    }

    fn windows() -> impl Strategy<Value = Window> {
        (0_usize..14, 0_usize..14).prop_map(|(one, other)| Window { first: one.min(other), last: one.max(other) })
    }

    fn queries() -> impl Strategy<Value = Query> {
        let aggregates = prop::sample::select(Aggregate::WORDS.map(|(_, aggregate)| aggregate).to_vec());
        let asked = (0_usize..4, shapes(), filters(), any::<[bool; 2]>(), aggregates);
        (asked, windows(), prop::option::of(windows()), 1_u8..=100).prop_map(|(asked, window, base, explain)| {
            let (sample_type, shape, filters, [relative, normal], aggregate) = asked;
            let shares = if relative { Shares::Filtered } else { Shares::Unfiltered };
            let normalize = if normal { Normalize::On } else { Normalize::Off };
            let (search, width) = (None, Width::default());
            let base_filters = base.map(|_| base_filters(&filters)).unwrap_or_default();
            let (beside, stacks) = (OtherTypes::default(), Stacks::default());
            Query {
                sample_type,
                shape,
                filters,
                shares,
                search,
                window,
                base,
                base_filters,
                aggregate,
                normalize,
                width,
                explain,
                other_types: beside,
                stacks,
                per: if normal { Per::Instance } else { Per::Auto },
                base_per: if normal { Per::All } else { Per::Auto },
                instance: None,
                base_instance: BaseInstance::Same,
                role: normal.then_some(Role::Level),
                direction: if normal { StackDirection::Flipped } else { StackDirection::AsRecorded },
                chains: Chains::default(),
                order: StackOrder::default(),
                detail: Vec::new(),
            }
        })
    }

    #[test]
    fn every_query_comes_back_from_its_command_line() {
        let series = series();
        let run = |asked: Query| {
            for (usual, command) in [(Matching::Moved, None), (Matching::Raw, Some(["report", "top"]))] {
                let mut words: Vec<String> = command.iter().flatten().map(|word| (*word).to_owned()).collect();
                words.extend(query_options(&asked, &series, usual, &Invocation::default()));
                if asked.shape.granularity == Granularity::Owners {
                    words.push("--owners=CODEOWNERS".to_owned());
                }
                words.push("tests/data/shop-series".to_owned());
                let request = Request::new(parsed(&words)).unwrap_or_else(|_| panic!("{words:?}"));
                let (Request::Explore(ask) | Request::Report(ask, _)) = request else { panic!("{words:?}") };
                let back = query(&series, &[], &ask).unwrap_or_else(|_| panic!("{words:?}"));
                prop_assert_eq!(&back, &asked, "{:?}", words);
            }
            Ok(())
        };
        proptest!(ProptestConfig::with_cases(500), |(asked in queries())| run(asked)?);
    }

    #[test]
    fn given_options_are_printed_without_secrets() {
        let line = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let Request::Explore(ask) = Request::new(parsed(&words)).unwrap_or_else(|_| panic!("{words:?}")) else {
                panic!("{words:?}")
            };
            ask.given
        };
        let given = line(&["--salvage", "--max-memory", "1GiB", "--gc-log=a b", "--base=-old", "--", "-new", "x"]);
        assert_eq!(given.options, ["--gc-log=a b", "--max-memory=1073741824B", "--salvage"]);
        assert_eq!((given.sources, given.base), (vec!["-new".to_owned(), "x".to_owned()], vec!["-old".to_owned()]));
        assert!(!given.is_redacted);
        let words = "--gc-log=a,b --binary=c --owners=d --source-path=src --trim-path=/a=b --unit=bytes --max-memory=1GiB --max-input=2K \
                     --max-inflated=3B --max-records=4 --seconds=5 --timeout=1.5s --connect-timeout=2m --header=X:@/dev/null \
                     --cert=c.pem --cert-key=k.pem --insecure --salvage http://host/x";
        let typed = line(&words.split_whitespace().collect::<Vec<_>>());
        assert_eq!(typed.options.len(), words.split_whitespace().count() - 1, "{typed:?}");
        let said: Vec<&str> = typed.options.iter().map(String::as_str).chain(["http://host/x"]).collect();
        assert_eq!(line(&said), typed, "what is said is understood as it was");
        let demo = line(&["--demo"]);
        assert_eq!((demo.options, demo.sources.len()), (vec!["--demo".to_owned()], 0));
        #[cfg(feature = "net")]
        {
            let secret = line(&["--header", "Cookie: hush", "--header", "A: b", "http://me:hush@host/x"]);
            assert!(secret.is_redacted && !format!("{secret:?}").contains("hush"), "{secret:?}");
            let named = line(&["--every", "10s", "--header", "Authorization: Bearer @/dev/null", "http://host/x"]);
            assert_eq!(named.options, ["--header=Authorization: Bearer @/dev/null"]);
            assert_eq!((named.is_redacted, named.explorer), (false, vec!["--every=10s".to_owned()]));
            let alike = line(&["--header", "X: $2y$10$hush", "--header", "Cookie: a=hush b $HOME", "http://host/x"]);
            assert!(alike.is_redacted && !format!("{alike:?}").contains("hush"), "{alike:?}");
        }
    }
}
