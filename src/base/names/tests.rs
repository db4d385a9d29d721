//! Tests of names of every language at common widths.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::base::width::width;

/// Name and its forms at 28, 18 and 10 columns.
type NameCase = (Language, &'static str, [&'static str; 3]);

#[test]
fn names_shrink_from_the_left() {
    let rows: &[NameCase] = &[
        (
            Language::Go,
            "github.com/grafana/quickpizza/pkg/http.(*Server).ServeHTTP",
            ["pkg/http.(*Server).ServeHTTP", "Server.ServeHTTP", "ServeHTTP"],
        ),
        (
            Language::Go,
            "github.com/acme/widget/v2/store.(*Cache[...]).Put",
            ["widget/store.(*Cache).Put", "store.(*Cache).Put", "Cache.Put"],
        ),
        (
            Language::Java,
            "com.example.mypackage.MyClass.methodName",
            ["c.e.m.MyClass.methodName", "MyClass.methodName", "methodName"],
        ),
        (
            Language::Cpp,
            "std::__1::vector<std::__1::basic_string<…>>::push_back(…)",
            ["std::__1::vector::push_back", "vector::push_back", "push_back"],
        ),
        (
            Language::Rust,
            "<alloc::vec::Vec<T,A> as core::iter::traits::collect::Extend<T>>::extend::h0123456789abcdef",
            ["alloc::vec::Vec<>::extend", "vec::Vec::extend", "extend"],
        ),
        (
            Language::Rust,
            "serde_json::de::from_slice::{{closure}}::h0123456789abcdef",
            ["de::from_slice::{}", "de::from_slice::{}", "fro…ce::{}"],
        ),
    ];
    for (language, name, forms) in rows {
        for (cells, form) in [28, 18, 10].into_iter().zip(forms) {
            assert_eq!(shorten(*language, name, cells), *form, "{name} in {cells}");
        }
    }
}

#[test]
fn awkward_names_keep_what_runs() {
    let cases: &[(Language, usize, &str, &str)] = &[
        (Language::Go, 18, "github.com/acme/api/middleware.Auth.func1", "middleware.Auth.f1"),
        (Language::Go, 8, "github.com/acme/api/middleware.Auth.func1", "Auth.f1"),
        (Language::Go, 10, "acme/handler.(*Handler).List.func1.2", "List.f1.2"),
        (Language::Go, 9, "github.com/foo/bar.glob..func19", "glob..f19"),
        (Language::Go, 12, "main.(*Pool).run.gowrap1", "run.gowrap1"),
        (Language::Go, 20, "slices.SortFunc[go.shape.[]string,go.shape.string]", "slices.SortFunc"),
        (Language::Go, 30, "encoding/json.(*structEncoder).(encoding/json.encode)-fm", "(encoding/json.encode)-fm"),
        (Language::Go, 40, "gopkg.in/yaml%2ev3.(*decoder).unmarshal", "gopkg.in/yaml%2ev3.(*decoder).unmarshal"),
        (Language::Java, 23, "java.bar.foo.FooBar.run(java.lang.Runnable)", "java.bar.foo.FooBar.run"),
        (Language::Java, 16, "java.util.Foo$$Lambda$14/0x0000000800066840.run", "j.u.Foo$$λ.run"),
        (Language::Java, 24, "java.base@17.0.1/java.util.ArrayList.grow", "java.util.ArrayList.grow"),
        (Language::Go, 24, "regexp.(*Regexp).allString.func1-range1", "allString.f1-range1"),
        (Language::Java, 16, "kafka/network/RequestChannel$Session.<init>", "Reque…ion.<init>"),
        (Language::Cpp, 14, "std::function<void ()>::operator()() const", "funct…erator()"),
        (Language::Java, 10, "java/util/concurrent/ThreadPoolExecutor$Worker.run", "run"),
        (Language::Cpp, 20, "(anonymous namespace)::Widget::draw(int, char const*) const", "Widget::draw"),
        (Language::Cpp, 24, "unsigned long foo::bar<int, char>(std::vector<int> const&)", "foo::bar<int, char>"),
        (Language::Cpp, 14, "std::ostream& ns::operator<< <int>(std::ostream&, int)", "ns::operator<<"),
        (Language::Cpp, 24, "ns::Callable::operator()(int) const", "ns::Callable::operator()"),
        (Language::Cpp, 21, "Buffer::operator bool() const [clone .cold]", "Buffer::operator bool"),
        (Language::Cpp, 12, "ns::run(int)::{lambda(int)#1}::operator()(int) const", "ns::run::{}"),
        (Language::Cpp, 13, "void std::__invoke<ns::run()::$_0&>(ns::run()::$_0&)", "std::__invoke"),
        (Language::Cpp, 15, "virtual thunk to ns::Sink::~Sink()", "ns::Sink::~Sink"),
        (Language::Rust, 25, "<alloc::raw_vec::RawVec<alloc::vec::Vec<u8>>>::grow_one", "raw_vec::RawVec::grow_one"),
        (
            Language::Rust,
            26,
            "<core::fmt::builders::DebugStruct>::field_with::<<core::fmt::builders::DebugStruct>::field::{closure#0}>",
            "DebugStruct::field_with",
        ),
        (
            Language::Rust,
            30,
            "serde_json::value::de::<impl serde_core::de::Deserialize for serde_json::value::Value>::deserialize",
            "value::Value::deserialize",
        ),
        (Language::Rust, 16, "<&mut F as core::ops::FnOnce<(A,)>>::call_once", "F::call_once"),
        (Language::Rust, 20, "tokio::worker::run::{{closure}}::{{closure}}", "worker::run::{}::{}"),
        (
            Language::Rust,
            60,
            "core::ops::function::FnOnce::call_once::h36ce50072e74dd17",
            "core::ops::function::FnOnce::call_once",
        ),
        (
            Language::Java,
            24,
            "std::basic_string<char>::__grow_by(unsigned long, unsigned long)",
            "basic_string::__grow_by",
        ),
        (Language::Other, 14, "operator new(unsigned long)", "operator new"),
        (Language::Node, 12, "node:internal/process/task_queues", "task_queues"),
        (Language::Python, 10, "package.module.function", "function"),
        (Language::Other, 10, "averyveryverylongname", "ave…ngname"),
    ];
    let shortened: Vec<_> = cases.iter().map(|(language, cells, name, _)| shorten(*language, name, *cells)).collect();
    let wanted: Vec<_> = cases.iter().map(|(.., form)| *form).collect();
    assert_eq!(shortened, wanted);
}

#[test]
fn a_name_that_fits_is_not_touched() {
    for language in LANGUAGES {
        assert!(matches!(shorten(language, "net/http.(*conn).serve", 22), Cow::Borrowed("net/http.(*conn).serve")));
    }
    assert_eq!(shorten(Language::Go, "main.main", 2), "");
    assert_eq!(shorten(Language::Go, "main.main", 4), "main");
    assert_eq!(shorten(Language::Go, "package.function", 5), "func…");
    assert_eq!(shorten(Language::Go, "f", 1), "");
}

#[test]
fn rows_show_the_package_as_pprof_does() {
    let cases = [
        ("root", "root"),
        ("syscall.Syscall", "syscall.Syscall"),
        ("net/http.(*conn).serve", "http.(*conn).serve"),
        ("github.com/blahBlah/foo.Foo", "foo.Foo"),
        ("github.com/BlahBlah/foo.Foo[...]", "foo.Foo[...]"),
        ("github.com/blah-blah/foo_bar.(*FooBar).Foo", "foo_bar.(*FooBar).Foo"),
        ("encoding/json.(*structEncoder).(encoding/json.encode)-fm", "json.(*structEncoder).(encoding/json.encode)-fm"),
        (
            "github.com/blah/vendor/gopkg.in/redis.v3.(*baseClient).(github.com/blah/vendor/gopkg.in/redis.v3.process)-fm",
            "redis.v3.(*baseClient).(github.com/blah/vendor/gopkg.in/redis.v3.process)-fm",
        ),
        ("github.com/foo/bar/v4.(*Foo).Bar", "bar.(*Foo).Bar"),
        ("github.com/foo/bar/v4/baz.Foo.Bar", "baz.Foo.Bar"),
        ("github.com/foo/bar/v123.(*Foo).Bar", "bar.(*Foo).Bar"),
        ("github.com/foobar/v0.(*Foo).Bar", "v0.(*Foo).Bar"),
        ("github.com/foobar/v1.(*Foo).Bar", "v1.(*Foo).Bar"),
        ("example.org/v2xyz.Foo", "v2xyz.Foo"),
        ("github.com/foo/bar/v4/v4.(*Foo).Bar", "v4.(*Foo).Bar"),
        ("java.util.concurrent.ThreadPoolExecutor$Worker.run", "ThreadPoolExecutor$Worker.run"),
        ("java.bar.foo.FooBar.run(java.lang.Runnable)", "FooBar.run"),
        ("java.bar.foo.FooBar.<init>(int)", "FooBar.<init>"),
        ("com.google.perftools.gwp.benchmark.FloatBench.lambda$run$0", "FloatBench.lambda$run$0"),
        ("java.bar.foo.FooBar.run$0", "FooBar.run$0"),
        ("(anonymous namespace)::Bar::Foo", "Bar::Foo"),
        ("(anonymous namespace)::foo", "foo"),
        ("cpp::namespace::Class::method()::$_100::operator()", "Class::method"),
        ("foo_bar::Foo::bar", "Foo::bar"),
        ("cpp::namespace::Class::method<float, long, int>()", "Class::method<float, long, int>"),
        ("foo", "foo"),
        ("foo/xyz", "foo/xyz"),
    ];
    for (name, form) in cases {
        assert_eq!(display(Language::Other, name), form, "{name}");
    }
    assert_eq!(display(Language::Go, "net/http.(*conn).serve"), "http.(*conn).serve");
    assert_eq!(display(Language::Java, "java/util/ArrayList.grow"), "ArrayList.grow");
    assert_eq!(display(Language::Rust, "a::b::h0123456789abcdef"), "a::b");
}

#[test]
fn packages_give_colours() {
    let cases = [
        (Language::Go, "net/http.(*conn).serve", "net/http"),
        (Language::Go, "github.com/acme/widget/v2/store.(*Cache[...]).Put", "github.com/acme/widget/v2/store"),
        (Language::Go, "main.main.func1", "main"),
        (Language::Go, "cgocall", ""),
        (Language::Java, "com.example.mypackage.MyClass.methodName(int)", "com.example.mypackage"),
        (Language::Java, "com/example/MyClass.run", "com/example"),
        (Language::Java, "MyClass.run", "MyClass"),
        (Language::Cpp, "void std::vector<int>::push_back(int)", "std"),
        (Language::Cpp, "malloc", ""),
        (Language::Rust, "<alloc::vec::Vec<T,A> as core::iter::Extend<T>>::extend", "alloc"),
        (Language::Rust, "serde_json::de::from_slice", "serde_json"),
        (Language::Python, "package.module.function", "package.module"),
        (Language::Other, "0x1234 [libc.so]", ""),
    ];
    for (language, name, package) in cases {
        assert_eq!(package_of(language, name), package, "{name}");
    }
}

#[test]
fn the_language_is_that_of_most_names() {
    let cases: &[(&[&str], Language)] = &[
        (&["runtime.mallocgc", "net/http.(*conn).serve", "main.main", "std::sort"], Language::Go),
        (&["fastdelta.Run", "github.com/a/b.C"], Language::Go),
        (&["java.util.List.of", "com.example.Foo.bar", "malloc"], Language::Java),
        (&["std::vector<int>::push_back(int)", "main", "operator new(unsigned long)"], Language::Cpp),
        (&["core::ops::function::FnOnce::call_once", "std::sort", "main", "foo::bar"], Language::Rust),
        (&["<module>", "__init__", "walk"], Language::Python),
        (&["(anonymous)", "Module._compile node:internal/modules", "run"], Language::Node),
        (&["main", "walk"], Language::Other),
        (&[], Language::Other),
    ];
    for (names, language) in cases {
        assert_eq!(language_of(names.iter().map(|name| (*name, ""))), *language, "{names:?}");
    }
}

const LANGUAGES: [Language; 7] =
    [Language::Go, Language::Java, Language::Cpp, Language::Rust, Language::Python, Language::Node, Language::Other];

fn any_language() -> impl Strategy<Value = Language> {
    proptest::sample::select(&LANGUAGES[..])
}

/// Text in which the syntax of all languages is dense.
const SIGNS: &str = "([a-zA-Z0-9_.:/<>(){}\\[\\]$*&~, é日]|::|operator|func1|/v2| as |<impl | for |->|[{][{]closure[}][}]|[(][*]|[$][$]Lambda|[(]anonymous namespace[)]::|::h0123456789abcdef){0,24}";

/// Cells from which on a cut name is shown.
const LEAST_CUT: usize = 5;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_form_is_too_wide(language in any_language(), name in SIGNS, cells in 0_usize..40) {
        let form = shorten(language, &name, cells);
        prop_assert!(width(&form) <= cells, "{form:?} in {cells}");
        prop_assert!(cells < LEAST_CUT || name.trim().is_empty() || !form.is_empty(), "{name:?} became nothing");
    }

    #[test]
    fn any_text_has_a_row_and_a_package(language in any_language(), name in "\\PC{0,30}") {
        display(language, &name);
        prop_assert!(name.contains(package_of(language, &name)));
        prop_assert!(width(&shorten(language, &name, 12)) <= 12);
    }

    #[test]
    fn made_of_signs_too(language in any_language(), name in SIGNS) {
        display(language, &name);
        prop_assert!(name.contains(package_of(language, &name)));
    }
}

#[test]
fn an_address_keeps_the_digits_that_tell_it_apart() {
    let shorter = |cells| shorten(Language::Other, "0x55858a1b2c3d [indexer-plain]", cells);
    assert_eq!(shorter(30), "0x55858a1b2c3d [indexer-plain]");
    assert_eq!((&*shorter(29), &*shorter(14)), ("0x55858a1b2c3d", "0x55858a1b2c3d"));
    assert_eq!((&*shorter(13), &*shorter(3), &*shorter(2)), ("…55858a1b2c3d", "…3d", ""));
    assert!(!shorten(Language::Other, "0xnone [x]", 6).starts_with('…'), "it is no address");
}

#[test]
fn a_rust_name_keeps_all_but_its_hash() {
    for (name, kept) in [
        ("store::Cache::put::h0123456789abcdef", "store::Cache::put"),
        ("store::Cache::put::h0123456789abcdef.llvm.42", "store::Cache::put"),
        ("_ZN5store5Cache3put17h0123456789abcdefE", "_ZN5store5Cache3put"),
        ("_ZN5store5Cache3put17h0123456789abcdefE.llvm.42", "_ZN5store5Cache3put"),
        ("_ZN5store5Cache3putEv", "_ZN5store5Cache3putEv"),
        ("store::hash", "store::hash"),
        ("::h0123456789abcdef", "::h0123456789abcdef"),
        ("main.(*Cache).Put", "main.(*Cache).Put"),
        ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
        ("_RNvNtCs5678_7mycrate3foo3bar", "mycrate::foo::bar"),
        ("mycrate[4fa91a8ac9a3a6a0]::foo::<[u8; 4]>", "mycrate::foo::<[u8; 4]>"),
        ("<a[4fa91a8ac9a3a6]::A as b[5fa91a8ac9a3a6a1]::B>::f", "<a::A as b::B>::f"),
        ("main.F[abc]", "main.F[abc]"),
        ("main.F[deadbeefdeadbeef", "main.F[deadbeefdeadbeef"),
        ("", ""),
    ] {
        assert_eq!(*without_hashes(name.as_bytes()), *kept.as_bytes(), "{name}");
    }
}

#[test]
fn forms_of_a_name_contain_every_shortened_name() {
    let names = [
        (Language::Go, "strings.(*Builder).WriteString"),
        (Language::Go, "github.com/acme/widget/v2/store.(*Cache[...]).Put.func1.2"),
        (Language::Java, "com.example.mypackage.MyClass.methodName"),
        (Language::Cpp, "std::vector<int, std::allocator<int> >::push_back(int const&)"),
        (Language::Rust, "<alloc::vec::Vec<T> as Extend<T>>::extend"),
        (Language::Python, "package.module.function"),
    ];
    for (language, name) in names {
        let forms = short_forms(language, name);
        for cells in 12..width(name) {
            let shown = shorten(language, name, cells);
            let is_found = name.contains(&*shown) || forms.iter().any(|form| form.contains(&*shown));
            assert!(is_found || shown.contains('…'), "{shown}: {forms:?}");
        }
    }
}
