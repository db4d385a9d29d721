//! Preset filters: without the allocator, the runtime or the standard library, and only the program's own code.

use crate::analysis::filter::first_party::{NameAndFile, first_party};
use crate::analysis::filter::installed::GO_PACKAGES;
use crate::analysis::filter::step::{Filter, FilterKind};
use crate::base::names::Language;

/// Predefined filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Name of the preset.
    pub name: &'static str,
    /// The filter.
    pub filter: Filter,
}

/// Presets for a profile in a language with these functions.
pub fn presets<'a>(language: Language, functions: impl Iterator<Item = NameAndFile<'a>>) -> Vec<Preset> {
    let preset = |name, kind, pattern: &str| Preset { name, filter: Filter::new(kind, pattern) };
    let mut presets = Vec::new();
    if let Some(allocator) = allocator(language) {
        presets.push(preset(ALLOCATOR, FilterKind::Hide, allocator));
    }
    if let Some(runtime) = runtime(language) {
        presets.push(preset(RUNTIME, FilterKind::Hide, runtime));
    }
    if let Some(standard) = standard(language) {
        presets.push(preset(STANDARD, FilterKind::Hide, &standard));
    }
    if let Some(own) = first_party(language, functions) {
        presets.push(preset("only my module", FilterKind::Show, &own));
    }
    presets
}

/// Name of the preset that equals a filter; `None` for filters of the user and for presets of one program.
pub fn name_of(language: Language, filter: &Filter) -> Option<&'static str> {
    let is = |pattern: &str| filter.kind == FilterKind::Hide && &*filter.pattern == pattern;
    if allocator(language).is_some_and(is) {
        return Some(ALLOCATOR);
    }
    if runtime(language).is_some_and(is) {
        return Some(RUNTIME);
    }
    standard(language).is_some_and(|pattern| is(&pattern)).then_some(STANDARD)
}

const ALLOCATOR: &str = "no allocator";
const RUNTIME: &str = "no runtime internals";
const STANDARD: &str = "no standard library";

/// Pattern of the functions and libraries of allocators and their wrappers: glibc, jemalloc, tcmalloc, mimalloc, C++
/// and Rust. Their callers requested the memory. `None` for languages whose profiles have no such frames.
pub fn allocator(language: Language) -> Option<&'static str> {
    matches!(language, Language::Cpp | Language::Rust | Language::Other).then_some(concat!(
        r"^(((__libc_|__GI___libc_|__|cfree$|je_|_?rjem_(je_)?|_rjem_|tc_|mi_)?(malloc|calloc|realloc|reallocarray|memalign|",
        r"aligned_alloc|posix_memalign|valloc|pvalloc|mallocx|free)$)|je_|_rjem_|prof_(backtrace|alloc_prep|tctx_create)|",
        r"imalloc|ialloc|(do_|i)?r?allocx|irallocx|tcmalloc::|tc_(new|delete)|do_malloc|DoSampledAllocation|mi_|",
        r"operator new|operator delete|(__rustc::)?__(rust_(alloc|alloc_zeroed|realloc|dealloc)|rdl_|rg_)|<?tikv_jemallocator|",
        r"alloc::(alloc|raw_vec)::|<?alloc::(alloc::Global|raw_vec::)|<.* as core::alloc::|",
        r"(std::)?(__new_allocator|allocator|allocator_traits)\b|__gnu_cxx::new_allocator\b)",
        r"|::_M_(allocate|create_storage)(\(|$)|\blib(jemalloc|tcmalloc|mimalloc)[^/]*\.so"
    ))
}

/// Pattern of the runtime of a language.
pub(super) fn runtime(language: Language) -> Option<&'static str> {
    Some(match language {
        Language::Go => {
            r"fn:^(runtime\.|runtime/(internal|cgo|race|metrics)|internal/runtime/|(internal/)?(reflect|syscall)[./])"
        }
        Language::Java => r"fn:^(jdk\.internal|sun|com\.sun|java\.lang\.(reflect|invoke))\.",
        Language::Python => r"file:^<frozen |importlib",
        Language::Node => r"node:internal|^\((root|program|garbage collector)\)$",
        Language::Rust => concat!(
            r"fn:^<?((alloc|core|__rustc|std::(rt|panicking|sys|sys_common|thread))::|__rust_|",
            r"rust_(begin_unwind|panic|eh_personality)\b)",
        ),
        Language::Cpp => r"fn:^((operator new|malloc|calloc|realloc|_start)\b|std::__|__libc_|__gnu)",
        Language::Other => return None,
    })
}

/// Pattern of the standard library of a language, its runtime included.
pub(super) fn standard(language: Language) -> Option<String> {
    let pattern = match language {
        Language::Go => return Some(format!("fn:^({})[./]", GO_PACKAGES.join("|"))),
        Language::Java => r"fn:^(java|javax|jdk|sun|com\.sun)\.",
        // The modules and packages of the library, without packages installed beside them.
        Language::Python => concat!(
            r"file:(^<frozen |/lib/python[0-9.]+/([^/]+\.py$|(json|asyncio|email|http|urllib|logging|collections|",
            r"concurrent|multiprocessing|importlib|encodings|unittest|xml)/))",
        ),
        Language::Node => r"node:|^\((root|program|garbage collector)\)$",
        Language::Rust => concat!(
            r"fn:^<?&?(mut )?(dyn )?(impl )?((std|core|alloc|hashbrown|__rustc)::|__rust_|",
            r"rust_(begin_unwind|panic|eh_personality)\b)",
        ),
        Language::Cpp => {
            r"fn:^(std::|__gnu_cxx::|(operator new|operator delete|malloc|calloc|realloc)\b|__libc_|_start$)"
        }
        Language::Other => return None,
    };
    Some(pattern.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::filter::pattern::Pattern;

    /// The presets for some names, and which of all names each matches.
    fn matches(language: Language, names: &[&str]) -> Vec<(&'static str, Vec<String>)> {
        let presets = presets(language, names.iter().map(|name| (*name, None)));
        let matched = |preset: &Preset| {
            let pattern = Pattern::new(&preset.filter).unwrap();
            let names = names.iter().filter(|name| pattern.matches(name.as_bytes()));
            (preset.name, names.map(|name| (*name).to_owned()).collect())
        };
        presets.iter().map(matched).collect()
    }

    #[test]
    fn a_go_program_has_its_main_and_its_module() {
        let names = [
            "runtime.main",
            "main.main",
            "encoding/json.Marshal",
            "github.com/acme/api/store.(*Cache).Put",
            "github.com/acme/api/http.serve",
            "go.uber.org/zap.New",
        ];
        let found = matches(Language::Go, &names);
        assert_eq!(found[0], (RUNTIME, vec!["runtime.main".to_owned()]));
        assert_eq!(found[1].1, ["runtime.main", "encoding/json.Marshal"]);
        assert_eq!(found[2].1, ["main.main", names[3], names[4]]);
    }

    #[test]
    fn other_languages_have_theirs() {
        let java = ["java.util.ArrayList.add", "com.acme.shop.Cart.add", "com.acme.shop.Item.<init>"];
        let found = matches(Language::Java, &java);
        assert_eq!(found[1].1, ["java.util.ArrayList.add"]);
        assert_eq!(found[2].1, ["com.acme.shop.Cart.add", "com.acme.shop.Item.<init>"]);
        let rust =
            ["std::rt::lang_start", "<alloc::vec::Vec<T> as Clone>::clone", "orders::main", "orders::cache::put"];
        // Crates of the program, whose names only begin like those of the standard library.
        let alike = ["core_types::Order::new", "rust_orders::main", "alloc_stats::put", "std_ext::join"];
        let found = matches(Language::Rust, &[&rust[..], &alike].concat());
        assert_eq!((&found[1].1, &found[2].1[..]), (&found[2].1, &rust.map(str::to_owned)[..2]));
        assert_eq!(found[3].1, rust[2..]);
        assert_eq!(presets(Language::Other, [("f", None)].into_iter()).len(), 1);
    }

    #[test]
    fn allocators_of_native_programs_are_left_out() {
        let names = [
            "malloc",
            "__libc_malloc",
            "_rjem_je_prof_backtrace",
            "prof_backtrace_impl",
            "operator new(unsigned long)",
            "alloc::raw_vec::RawVec<T>::grow",
            "__rust_alloc",
            "[libjemalloc.so.2]",
            "shop::alloc::Pool::take",
            "mallocator::run",
        ];
        let found = matches(Language::Rust, &names);
        assert_eq!(found[0], (ALLOCATOR, names[..8].iter().map(|name| (*name).to_owned()).collect()));
    }

    #[test]
    fn allocators_are_those_of_the_language() {
        let native = [
            "malloc",
            "__libc_malloc",
            "je_prof_backtrace",
            "prof_backtrace_impl",
            "tcmalloc::allocate_full_malloc_oom(unsigned long)",
            "operator new(unsigned long)",
            "std::__new_allocator<int>::allocate(unsigned long, void const*)",
            "std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
        ];
        let own = ["shop::malloc_cache(int)", "freeze(State*)", "mixer::run()", "std::vector<int>::push_back(int&&)"];
        let all = [&native[..], &own].concat();
        let found = matches(Language::Cpp, &all);
        assert_eq!(found[0], (ALLOCATOR, native.map(str::to_owned).to_vec()));
        let rust = [
            "alloc::raw_vec::RawVec<T,A>::grow_one",
            "__rust_alloc",
            "__rustc::__rust_alloc",
            "_rjem_je_prof_backtrace",
        ];
        let found = matches(Language::Rust, &[&rust[..], &["orders::alloc::put"]].concat());
        assert_eq!(found[0], (ALLOCATOR, rust.map(str::to_owned).to_vec()));
        assert_eq!(found[2].1, rust[..3], "the standard library");
        assert_eq!(found[3].1, ["orders::alloc::put"]);
        assert_eq!(allocator(Language::Go), None);
    }

    #[test]
    fn a_preset_is_known_by_its_filter() {
        for language in [Language::Go, Language::Java, Language::Python, Language::Node, Language::Rust, Language::Cpp]
        {
            let presets = presets(language, std::iter::empty());
            assert!(presets.iter().all(|preset| preset.filter.check().is_ok()), "{language:?}");
            let names: Vec<_> = presets.iter().filter_map(|preset| name_of(language, &preset.filter)).collect();
            let all = [ALLOCATOR, RUNTIME, STANDARD];
            let expected = if allocator(language).is_some() { &all[..] } else { &all[1..] };
            assert_eq!(names, expected, "{language:?}");
        }
    }
}
