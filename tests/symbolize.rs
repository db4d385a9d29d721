//! Names from a small library with known functions (`tests/data/binary/pond.rs.txt`), for texts with addresses.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use heapglass::base::ids::LocationId;
use heapglass::base::limits::Budget;
use heapglass::format::ReadOptions;
use heapglass::load::{LoadError, LoadInputs, Loaded, Progress, load_inputs};
use heapglass::profile::{Mapping, Symbols, Warning, WarningKind};
use heapglass::source::Address;
use heapglass::symbolize::{Image, ImageError, Symbolizer};
use proptest::prelude::*;

use crate::support::data;
use crate::support::elf::{Elf, START as CODE, line_table};

const START: u64 = 0x7f00_0000_1000;
/// Address in the function `dive`, in code inlined there once and twice, and in the calling function.
const DIVE: u64 = 0x360;
const WAVE: u64 = 0x35d;
const RIPPLE: u64 = 0x35a;
const SPLASH: u64 = 0x376;

fn library() -> PathBuf {
    data().join("binary/libpond.so")
}

/// Heap text with a stack for each address, an offset in the library.
fn text(stacks: &[&[u64]], path: &str) -> String {
    let mut text = format!("heap profile: {0}: {0} [{0}: {0}] @ heapprofile\n", stacks.len());
    for stack in stacks {
        // An address in a text is a return address.
        let addresses: Vec<String> = stack.iter().map(|offset| format!("{:#x}", START + offset + 1)).collect();
        writeln!(text, "1: 1 [1: 1] @ {}", addresses.join(" ")).unwrap();
    }
    let limit = START + 0x1000;
    writeln!(text, "\nMAPPED_LIBRARIES:\n{START:x}-{limit:x} r-xp 00000000 00:00 1 {path}").unwrap();
    text
}

fn file(name: &str, text: &str) -> Address {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    Address::File(path)
}

fn load(profile: &Address, binary: PathBuf) -> Result<Loaded, LoadError> {
    let sources = std::slice::from_ref(profile);
    let inputs = LoadInputs { sources, binaries: &[Address::File(binary)], ..LoadInputs::default() };
    load_inputs(&inputs, &ReadOptions::default(), &Arc::new(Progress::default()))
}

/// Functions and lines of each location, innermost first.
fn said(loaded: &Loaded) -> Vec<String> {
    lines_of(loaded.series.symbols())
}

fn lines_of(symbols: &Symbols) -> Vec<String> {
    let location = |id: LocationId| {
        let name = |line: &heapglass::profile::Line| {
            let function = symbols.function(line.function);
            let file = symbols.strings.text(function.file).into_owned();
            let name = symbols.strings.text(function.name).into_owned();
            let name = heapglass::base::names::demangled(&name).unwrap_or(name);
            format!("{name} {}:{}", file.rsplit('/').next().unwrap_or_default(), line.line)
        };
        symbols.lines(id).iter().map(name).collect::<Vec<_>>().join(" < ")
    };
    (0..symbols.locations()).map(LocationId::new).map(location).collect()
}

#[test]
fn addresses_of_a_text_get_functions_files_and_lines() {
    let profile = file("pond.heap", &text(&[&[WAVE, SPLASH], &[RIPPLE, SPLASH], &[DIVE]], "/usr/lib/libpond.so"));
    let loaded = load(&profile, library()).unwrap();
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let said = said(&loaded);
    assert!(said[0].ends_with("pond::wave pond.rs:20 < pond::duck::dive pond.rs:26"), "{said:?}");
    assert_eq!(said[1], "pond_splash pond.rs:32");
    assert!(
        said[2].ends_with("pond::ripple pond.rs:15 < pond::wave pond.rs:20 < pond::duck::dive pond.rs:26"),
        "{said:?}"
    );
    assert_eq!(said[3], "pond::duck::dive pond.rs:26");
    assert_eq!(loaded.series.snapshots()[0].header.functions, loaded.series.symbols().functions.len());
}

#[test]
fn a_binary_of_another_name_is_said_not_to_be_used() {
    let profile = file("lake.heap", &text(&[&[DIVE]], "/usr/lib/liblake.so"));
    let loaded = load(&profile, library()).unwrap();
    assert_eq!(said(&loaded), [""]);
    assert!(loaded.warnings[0].text.ends_with("so no name was taken from it"), "{:?}", loaded.warnings);
}

#[test]
fn a_file_that_is_no_binary_is_an_error_with_a_hint() {
    let profile = file("none.heap", &text(&[&[DIVE]], "/usr/lib/libpond.so"));
    let Err(LoadError::Binary(skipped)) = load(&profile, data().join("binary/pond.rs.txt")) else { panic!("accepted") };
    assert_eq!(skipped.reason.to_string(), "not an ELF program or library");
    assert!(skipped.reason.hint().is_some());
    assert!(matches!(load(&profile, "no/such/binary".into()), Err(LoadError::Binary(_))));
}

#[test]
fn the_build_id_decides_before_the_name() {
    let bytes = fs::read(library()).unwrap();
    let mut budget = Budget::new(1 << 28);
    let image = |name: &str, budget: &mut Budget| Image::new(name.to_owned(), bytes.clone(), budget).unwrap();
    let images = [image("a/other.so", &mut budget), image("b/libpond.so", &mut budget)];
    assert_eq!(images[0].build_id(), Some("706f6e64"));
    let named = |images: &[Image], build: &[u8]| {
        let profile = file("build.heap", &text(&[&[DIVE]], "/usr/lib/libpond.so"));
        let mut profile = crate::support::build::read(fs::read(profile.name()).unwrap(), 1 << 28).unwrap().0;
        let mut budget = Budget::new(1 << 28);
        let symbols = &mut profile.tables_mut().symbols;
        symbols.mappings[0].build_id = symbols.strings.push(build, &mut budget).unwrap();
        let mut symbolizer = Symbolizer::new(images);
        symbolizer.symbolize(&mut profile, &mut budget).unwrap();
        (profile.tables.symbols.functions.len(), symbolizer.into_warnings())
    };
    // Equal bytes under two names: the first of the right build is used.
    let (functions, warnings) = named(&images, b"706F6E64");
    assert_eq!(functions, 1);
    let want = "b/libpond.so: a/other.so is used for /usr/lib/libpond.so, so no name was taken from this file";
    assert_eq!(warnings, [Warning::new(WarningKind::Symbols, want)]);
    // Only the name matches, not the build: it is used with a warning.
    let (functions, warnings) = named(&images, b"ffff");
    assert_eq!(functions, 1);
    let want = "b/libpond.so: its build id is 706f6e64, and /usr/lib/libpond.so is of build ffff; \
        its names are used for want of another, and may be wrong";
    assert!(warnings.contains(&Warning::new(WarningKind::Symbols, want)), "{warnings:?}");
    let (functions, _) = named(&images[..1], b"ffff");
    assert_eq!(functions, 0);
}

#[test]
fn an_address_is_found_wherever_the_library_is_mapped() {
    let image = Image::new("libpond.so".to_owned(), fs::read(library()).unwrap(), &mut Budget::new(1 << 28)).unwrap();
    let mapping = |start, offset| Mapping { start, limit: start + 0x1000, offset, ..Mapping::default() };
    assert_eq!(image.address(START + 0x360, Some(&mapping(START, 0))), Some(0x1360));
    assert_eq!(image.address(START + 0x10, Some(&mapping(START, 0x350))), Some(0x1360));
    assert_eq!(image.address(START + 0x10, Some(&mapping(START, 0))), None, "no code stands there");
    assert_eq!(image.address(0x1360, None), None, "it may be loaded anywhere");
    assert_eq!(image.address(u64::MAX, Some(&mapping(u64::MAX - 0x1000, u64::MAX))), None);
}

#[test]
fn allocators_are_left_out_once_they_have_names() {
    let mut profile = crate::support::build::read(text(&[&[DIVE]], "/x").into_bytes(), 1 << 28).unwrap().0;
    let rules = regex::Regex::new(&format!("^(?:{})$", profile.header.drop_frames.raw())).unwrap();
    for name in ["malloc", "tcmalloc::Static::Get", "operator new", "operator new[]", "runtime.mallocgc", "je_malloc"] {
        assert!(rules.is_match(name), "{name}");
    }
    for name in ["main", "mallocator", "my::malloc", "pond::duck::dive", "operator delete"] {
        assert!(!rules.is_match(name), "{name}");
    }
    // Go's comments already leave out allocator frames.
    let go = "heap profile: 1: 8 [1: 16] @ heap/2\n1: 8 [1: 16] @ 0x10\n#\t0xf\truntime.main+0x8f\t/src/a.go:12\n";
    profile = crate::support::build::read(go.into(), 1 << 28).unwrap().0;
    assert!(profile.header.drop_frames.is_empty());
}

/// Library as an image, with some of its bytes changed.
fn changed(name: &str, changes: &[(usize, &[u8])]) -> Image {
    let mut bytes = fs::read(library()).unwrap();
    for (at, new) in changes {
        bytes[*at..at + new.len()].copy_from_slice(new);
    }
    Image::new(name.to_owned(), bytes, &mut Budget::new(1 << 28)).unwrap()
}

// Places in the library: its type, the entry of its code in the list of segments, and entries in the list of sections.
const TYPE: usize = 16;
const CODE_SEGMENT: usize = 64 + 2 * 56;
const BUILD_ID: usize = 0x280;
const TEXT_SECTION: usize = 6096 + 7 * 64;
const INFO_SECTION: usize = 6096 + 13 * 64;
const SYMBOLS_SECTION: usize = 6096 + 19 * 64;

/// Changes that leave the debug information only, as `objcopy --only-keep-debug` does.
const ONLY_DEBUG: [(usize, &[u8]); 3] =
    [(TEXT_SECTION + 4, &[8]), (CODE_SEGMENT + 8, &[0; 8]), (CODE_SEGMENT + 32, &[0; 8])];
/// Changes that leave neither debug information nor symbols.
const STRIPPED: [(usize, &[u8]); 2] = [(INFO_SECTION + 32, &[0; 8]), (SYMBOLS_SECTION + 4, &[0; 4])];

/// Names that the images give to the locations of a text, and their warnings.
fn names(images: &[Image], text: String) -> (Vec<String>, Vec<String>) {
    let mut profile = crate::support::build::read(text.into_bytes(), 1 << 28).unwrap().0;
    let mut symbolizer = Symbolizer::new(images);
    symbolizer.symbolize(&mut profile, &mut Budget::new(1 << 28)).unwrap();
    let warnings = symbolizer.into_warnings().into_iter().map(|warning| warning.text).collect();
    (lines_of(&profile.tables.symbols), warnings)
}

#[test]
fn a_stripped_file_names_the_one_with_its_debug_information() {
    let link = b"pond.debug\0\0\x01\x02\x03\x04".to_vec();
    let bytes = Elf::new().section(".gnu_debuglink", link).bytes();
    let image = Image::new("bin/libpond.so".to_owned(), bytes, &mut Budget::new(1 << 28)).unwrap();
    let (_, warnings) = names(&[image], text(&[&[DIVE]], "/usr/lib/libpond.so"));
    let want = "bin/libpond.so: no function was found in it; it names the file that has them: `pond.debug`";
    assert_eq!(warnings, [want]);
}

#[test]
fn a_program_that_is_not_moved_keeps_its_addresses() {
    // Code of 16 KiB at 0x1350, whose bytes are at 0x350 in the file: most numbers are an address and an offset.
    let size = 0x4000_u64.to_le_bytes();
    let fixed = changed("p", &[(TYPE, &[2]), (CODE_SEGMENT + 32, &size), (CODE_SEGMENT + 40, &size)]);
    let anywhere = Mapping { limit: u64::MAX, ..Mapping::default() };
    let mapped = Mapping { start: 0x1000, limit: 0x6000, ..Mapping::default() };
    for mapping in [None, Some(&Mapping::default()), Some(&anywhere), Some(&mapped)] {
        assert_eq!(fixed.address(0x1360, mapping), Some(0x1360), "{mapping:?}");
    }
    let moved = Mapping { start: 0x10_0000, limit: 0x10_5000, ..Mapping::default() };
    assert_eq!(fixed.address(0x10_0360, Some(&moved)), Some(0x1360));
    let library = changed("libpond.so", &[]);
    assert_eq!(library.address(0x1360, Some(&Mapping::default())), Some(0x1360), "pprof takes it as moved already");
    assert_eq!(library.address(START + 0x1360, Some(&Mapping::default())), None);
}

#[test]
fn of_two_libraries_with_one_name_the_path_decides() {
    let lake: &[u8] = b"lake_splash";
    let bytes = fs::read(library()).unwrap();
    let at = |from: usize| bytes[from..].windows(11).position(|part| part == b"pond_splash").map(|found| from + found);
    let places: Vec<usize> = std::iter::successors(at(0), |last| at(last + 1)).collect();
    let renamed: Vec<(usize, &[u8])> = places.iter().map(|place| (*place, lake)).collect();
    let images = |names: [&str; 2]| [changed(names[0], &renamed), changed(names[1], &[])];
    let mut text = text(&[&[SPLASH], &[SPLASH + 0x1000]], "/srv/a/libpond.so");
    writeln!(text, "{:x}-{:x} r-xp 00000000 00:00 1 /srv/b/libpond.so", START + 0x1000, START + 0x2000).unwrap();
    for paths in [["/srv/b/libpond.so", "/srv/a/libpond.so"], ["./b/libpond.so", "a/libpond.so"]] {
        let (names, warnings) = names(&images(paths), text.clone());
        assert_eq!(names, ["pond_splash pond.rs:32", "lake_splash pond.rs:32"], "{paths:?}");
        assert!(warnings.is_empty(), "{paths:?}: {warnings:?}");
    }
}

#[test]
fn separate_debug_information_is_used_with_and_without_the_program() {
    let text = || text(&[&[DIVE]], "/usr/lib/libpond.so");
    let stripped = || changed("bin/libpond.so", &STRIPPED);
    let debug = |name| changed(name, &ONLY_DEBUG);
    let other_build = changed("libpond.so.debug", &[&ONLY_DEBUG[..], &[(BUILD_ID, b"lake")]].concat());
    let dive = ["pond::duck::dive pond.rs:26".to_owned()];
    for images in [
        vec![debug("libpond.so.debug")],
        vec![debug("libpond.so.debug"), stripped()],
        vec![stripped(), debug("libpond.so.debug")],
        vec![stripped(), debug("706f6e64.debug")],
    ] {
        let (names, warnings) = names(&images, text());
        assert!(names == dive && warnings.is_empty(), "{names:?} {warnings:?} {images:?}");
    }
    let (said, warnings) = names(&[stripped(), other_build], text());
    assert_eq!(said, [""]);
    assert_eq!(
        warnings,
        [
            "bin/libpond.so: no function was found in it at the addresses of its mapping",
            "libpond.so.debug: its build id is 6c616b65, and /usr/lib/libpond.so is of build 706f6e64; it is not used"
        ]
    );
}

#[test]
fn an_address_is_found_without_the_offsets_of_the_segments() {
    let debug = changed("libpond.so.debug", &ONLY_DEBUG);
    let mapping = |pages: u64, offset| {
        let limit = START + pages * 0x1000;
        Mapping { start: START, limit, offset, ..Mapping::default() }
    };
    assert_eq!(debug.address(START + 0x360, Some(&mapping(1, 0x5000))), Some(0x1360), "pages of the code");
    assert_eq!(debug.address(START + 0x1360, Some(&mapping(4, 0))), Some(0x1360), "pages of the whole file");
    assert_eq!(debug.address(START + 0x1360, Some(&mapping(4, 0x1000))), None, "some pages of the file");
    let fixed = changed("p.debug", &[&ONLY_DEBUG[..], &[(TYPE, &[2])]].concat());
    assert_eq!(fixed.address(0x1360, None), Some(0x1360));
}

#[test]
fn a_file_that_was_replaced_while_it_ran_has_its_name() {
    let text = text(&[&[DIVE]], "/usr/lib/libpond.so");
    let mut profile = crate::support::build::read(text.into_bytes(), 1 << 28).unwrap().0;
    let mut budget = Budget::new(1 << 28);
    let symbols = &mut profile.tables_mut().symbols;
    symbols.mappings[0].file = symbols.strings.push(b"/usr/lib/libpond.so (deleted)", &mut budget).unwrap();
    let images = [changed("libpond.so", &[])];
    let mut symbolizer = Symbolizer::new(&images);
    symbolizer.symbolize(&mut profile, &mut budget).unwrap();
    assert_eq!(lines_of(&profile.tables.symbols), ["pond::duck::dive pond.rs:26"]);
    assert_eq!(symbolizer.into_warnings(), []);
}

/// Names that programs give to one address, five bytes after the start of the code.
fn names_in_program(programs: &[Elf]) -> (Vec<String>, Vec<String>) {
    let image = |(at, program): (usize, &Elf)| {
        let name = if at == 0 { "program" } else { "shared" };
        Image::new(name.to_owned(), program.clone().bytes(), &mut Budget::new(1 << 28)).unwrap()
    };
    let images: Vec<Image> = programs.iter().enumerate().map(image).collect();
    let text = format!(
        "heap profile: 1: 1 [1: 1] @ heapprofile\n1: 1 [1: 1] @ {:#x}\n\nMAPPED_LIBRARIES:\n\
        {CODE:x}-2000 r-xp 00001000 00:00 1 /srv/program\n",
        CODE + 6
    );
    names(&images, text)
}

/// First address and size of a function of 256 bytes.
fn range() -> Vec<u8> {
    [CODE.to_le_bytes(), 0x100_u64.to_le_bytes()].concat()
}

#[test]
fn a_function_whose_description_is_in_another_file_gets_no_line() {
    // Unit without children: offset of its lines, range, and for split units an id and the name of the other file.
    let unit = [1, 0x11, 0, 0x10, 0x17, 0x11, 0x01, 0x12, 0x07];
    let split = [0xb1, 0x42, 0x07, 0xb0, 0x42, 0x08];
    let body = [&[1, 0, 0, 0, 0][..], &range()].concat();
    let program = |abbreviation: &[u8], body: &[u8]| {
        let lines = line_table(1, 1, 0x100);
        Elf::new().raw_unit(&[abbreviation, &[0, 0, 0]].concat(), body).lines(lines).function("outer", 0x100)
    };
    let (names, warnings) = names_in_program(&[program(&unit, &body)]);
    assert_eq!((names, warnings), (vec!["outer f:6".to_owned()], Vec::new()), "assembly");
    let split_body = [&body[..], &[7; 8], b"outer.dwo\0"].concat();
    let (names, warnings) = names_in_program(&[program(&[&unit[..], &split].concat(), &split_body)]);
    assert_eq!(names, ["outer :0"]);
    assert!(warnings.len() == 1 && warnings[0].contains(".dwo files"), "{warnings:?}");
}

/// Program with a function and an inlined call, whose name is in a file that several programs share.
fn with_shared_names() -> Elf {
    let range = range();
    let abbreviations: [&[u8]; 4] = [
        &[1, 0x11, 1, 0x10, 0x17, 0x11, 0x01, 0x12, 0x07, 0, 0],
        &[2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0, 0],
        // Place of the name, range, file and line of the call.
        &[3, 0x1d, 0, 0x31, 0xa0, 0x3e, 0x11, 0x01, 0x12, 0x07, 0x58, 0x0b, 0x59, 0x0b, 0, 0],
        &[0],
    ];
    let unit = [&[1, 0, 0, 0, 0][..], &range];
    let function = [&b"\x02outer\0"[..], &range];
    let call = [&[3, 12, 0, 0, 0][..], &range, &[1, 42]];
    let body = [unit.concat(), function.concat(), call.concat(), vec![0, 0]].concat();
    let link = b"shared\0pond".to_vec();
    let program = Elf::new().raw_unit(&abbreviations.concat(), &body).lines(line_table(1, 1, 0x100));
    program.section(".gnu_debugaltlink", link)
}

#[test]
fn names_of_inlined_calls_are_read_from_the_file_that_programs_share() {
    let shared = Elf::new()
        .raw_unit(&[1, 0x3c, 1, 0, 0, 2, 0x2e, 0, 0x03, 0x08, 0, 0, 0], &[&[1, 2][..], b"inner\0", &[0]].concat());
    let (names, warnings) = names_in_program(&[with_shared_names(), shared.build_id(*b"pond")]);
    assert_eq!((names, warnings), (vec!["inner f:6 < outer f:42".to_owned()], Vec::new()));
    let (names, warnings) = names_in_program(&[with_shared_names()]);
    assert_eq!(names, ["outer f:42"]);
    assert!(warnings.len() == 1 && warnings[0].contains("the names are in shared"), "{warnings:?}");
}

#[test]
fn debug_information_in_the_old_compressed_form_is_read() {
    let (names, _) = names_in_program(&[with_shared_names().with_old_compression()]);
    assert_eq!(names, ["outer f:42"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_broken_library_names_or_says_why(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fs::read(library()).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(usize::MAX, |cut| cut.index(7_504)));
        let mut budget = Budget::new(1 << 24);
        match Image::new("libpond.so".to_owned(), bytes, &mut budget) {
            Ok(image) => {
                let stacks: Vec<[u64; 1]> = (0x340..0x390).map(|offset| [offset]).collect();
                let stacks: Vec<&[u64]> = stacks.iter().map(|stack| &stack[..]).collect();
                let mut profile = crate::support::build::read(text(&stacks, "libpond.so").into(), 1 << 28).unwrap().0;
                let images = [image];
                let mut symbolizer = Symbolizer::new(&images);
                symbolizer.symbolize(&mut profile, &mut budget).unwrap();
                symbolizer.into_warnings();
            }
            Err(ImageError::NotElf | ImageError::Broken(_) | ImageError::Limit(_)) => {}
        }
    }
}
