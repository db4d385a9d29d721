//! Settings file: location, effects, and warnings.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{command, result, run};

const PROFILE: &str = "pprof/go-shop-2.pb.gz";

/// Home folder for a test, with this settings file.
fn home(name: &str, settings: &str) -> PathBuf {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("settings").join(name);
    let _ = fs::remove_dir_all(&home);
    let folder = home.join(".config/heapglass");
    fs::create_dir_all(folder.join("themes")).unwrap();
    fs::write(folder.join("config.toml"), settings).unwrap();
    home
}

/// Standard output and standard error of a run in a home.
fn in_home(home: &Path, args: &[&str]) -> (String, String) {
    let output = command(args).env("HOME", home).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_at_home_sets_what_is_not_typed() {
    let home = home("sets", "sample_type = \"alloc_space\"\n");
    let top = ["report", "top", "--format", "json", PROFILE];
    let (out, err) = in_home(&home, &top);
    assert!(out.contains("\"alloc_space\"") && err.is_empty(), "{err}");
    let (out, _) = in_home(&home, &[&top[..], &["--sample-type", "inuse_space"]].concat());
    assert!(out.contains("\"inuse_space\""), "what is typed wins");
    let none = command(&top).env("HOME", &home).env("HEAPGLASS_CONFIG", "").output().unwrap();
    assert!(String::from_utf8(none.stdout).unwrap().contains("\"inuse_space\""), "an empty variable asks for no file");
}

#[test]
fn a_file_changes_no_gate_and_puts_no_codes_into_files() {
    let home = home("gate", "unit = \"bytes\"\ncolor = \"rgb\"\nnormalize = true\nexplain = 50\n");
    let folded = home.join("a.folded");
    fs::write(&folded, "main;work 100\n").unwrap();
    let gate = ["check", "--max-total", "1GiB", folded.to_str().unwrap()];
    let without = run(&gate);
    let output = command(&gate).env("HOME", &home).output().unwrap();
    assert_eq!((output.status.code(), without.code), (Some(2), 2), "{}", String::from_utf8_lossy(&output.stderr));
    // A setting that has no effect on a report is no mistake.
    let (out, err) = in_home(&home, &["report", "top", PROFILE]);
    assert!(!out.is_empty() && !out.contains('\x1b') && err.is_empty(), "{err}{out}");
    let (out, _) = in_home(&home, &["report", "top", "--color", "rgb", PROFILE]);
    assert!(out.contains('\x1b'), "what is typed is done: {out}");
}

#[test]
fn a_sample_type_that_a_profile_lacks_is_said_and_stops_nothing() {
    let home = home("wish", "\nsample_type = \"alloc_space\"\n");
    let (out, err) = in_home(&home, &["report", "top", "--format", "json", "v8/small.heapprofile"]);
    assert!(out.contains("\"inuse_space\""), "{out}");
    assert_eq!(err, "heapglass: config.toml, line 2: no sample type `alloc_space`; there is only inuse_space\n");
    let (_, err) = in_home(&home, &["report", "top", "--sample-type", "inuse_space", "v8/small.heapprofile"]);
    assert_eq!(err, "", "what is typed wins");
}

#[test]
fn a_file_that_is_wrong_warns_and_stops_nothing() {
    let home = home("wrong", "granularity = \"linse\"\ncolour = 16\nexplain = 90\n");
    let (out, err) = in_home(&home, &["report", "top", PROFILE]);
    assert!(!out.is_empty());
    let expected = "heapglass: config.toml, line 1: `granularity`: invalid value `linse`: did you mean `lines`?\n\
                    heapglass: config.toml, line 2: `colour` is not a setting, did you mean `color`?\n";
    assert_eq!(err, expected);
    fs::write(home.join(".config/heapglass/config.toml"), "= nothing\n").unwrap();
    let (out, err) = in_home(&home, &["report", "top", PROFILE]);
    assert!(!out.is_empty() && err.starts_with("heapglass: config.toml, line 1: "), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    fs::write(home.join(".config/heapglass/config.toml"), [0xff, 0xfe]).unwrap();
    let (out, err) = in_home(&home, &["report", "top", PROFILE]);
    assert!(!out.is_empty() && err.ends_with("config.toml, line 1: it is not UTF-8; the line is ignored\n"), "{err}");
}

#[test]
fn a_setting_that_cannot_be_used_here_warns_and_stops_nothing() {
    let home = home("unusable", "granularity = \"owners\"\nsource_path = [\"no-such-folder\", \"pprof\"]\n");
    let of_folder =
        "heapglass: config.toml, line 2: `source_path`: no-such-folder: No such file or directory (os error 2)\n";
    let of_owners = "heapglass: config.toml, line 1: `granularity`: `owners` needs their rules: `--owners CODEOWNERS` names the file\n";
    let (out, err) = in_home(&home, &["report", "top", PROFILE]);
    assert!(!out.is_empty());
    assert_eq!(err, format!("{of_owners}{of_folder}"));
    // A gate has the granularity that was typed.
    let (out, err) = in_home(&home, &["check", "--max-total", "1GiB", PROFILE]);
    assert!(out.contains("ok") && err == of_folder, "{out} {err}");
    // What is typed is judged by itself.
    let typed = ["report", "top", "--granularity", "files", "--source-path", ".", PROFILE];
    let (out, err) = in_home(&home, &typed);
    assert!(!out.is_empty() && err.is_empty(), "{err}");
    let (out, err) = in_home(&home, &["report", "top", "--source-path", "no-such-folder", PROFILE]);
    assert!(out.is_empty() && err.contains("`--source-path no-such-folder`"), "{err}");
    let owners = home.join("CODEOWNERS");
    fs::write(&owners, "* @all\n").unwrap();
    let (out, err) = in_home(&home, &["report", "top", "--owners", owners.to_str().unwrap(), PROFILE]);
    assert!(out.contains("@all") && err == of_folder, "{out} {err}");
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let outcome = run(&["--config", "no/such.toml", "report", "top", PROFILE]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
    let outcome = run(&["report", "top", PROFILE, "--config", "no/such.toml"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("heapglass: no/such.toml: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\nhint: "), "{}", outcome.stderr);
    let output = command(&["report", "top", PROFILE]).env("HEAPGLASS_CONFIG", "no/such.toml").output().unwrap();
    assert!(output.status.success(), "a variable is no reason to refuse");
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("heapglass: no/such.toml: "));
}

#[test]
fn the_place_is_told() {
    let path = |variables: &[(&str, &str)], args: &[&str]| {
        let output = command(&[&["config", "--path"], args].concat()).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(path(&[("HOME", "/h")], &[]), "/h/.config/heapglass/config.toml\n");
    assert_eq!(path(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")], &[]), "/x/heapglass/config.toml\n");
    assert_eq!(path(&[("HEAPGLASS_CONFIG", "/c.toml")], &[]), "/c.toml\n");
    assert_eq!(path(&[("HEAPGLASS_CONFIG", "/c.toml")], &["--config", "/d.toml"]), "/d.toml\n");
    assert_eq!(run(&["config", "--path"]).code, 2, "there is no home");
}

#[test]
fn the_printed_file_changes_nothing() {
    let printed = result(&["config"]);
    assert!(printed.contains("# theme = \"auto\"\n") && printed.contains("\n[keys]\n"), "{printed}");
    assert!(printed.contains("# zoom-in = [\"Enter\"] # zoom in, enter a block\n"), "{printed}");
    let home = home("printed", &printed);
    let args = ["report", "summary", PROFILE];
    assert_eq!(in_home(&home, &args), (result(&args), String::new()));
}

#[test]
fn a_theme_of_ones_own_is_found_and_a_broken_one_is_said() {
    let home = home("themes", "theme = \"dusk\"\n");
    let themes = home.join(".config/heapglass/themes");
    fs::write(themes.join("dusk.toml"), "inherits = \"light\"\n[roles]\nhit = { bg = 200 }\n").unwrap();
    let args = ["report", "top", PROFILE];
    assert_eq!(in_home(&home, &args).1, "");
    let output = command(&["--theme", "dsk", PROFILE]).env("HOME", &home).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "heapglass: no theme is called `dsk`\nhint: did you mean `dusk`?\n");
    fs::write(themes.join("dusk.toml"), "[roles]\nhit = { bg = 300 }\n").unwrap();
    let (out, err) = in_home(&home, &args);
    assert!(!out.is_empty() && err.starts_with("heapglass: theme `dusk`: line 2: `300` is not a colour"), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    let output = command(&["--theme", "dusk", PROFILE]).env("HOME", &home).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("heapglass: theme `dusk`: line 2: `300` is not a colour"), "{said}");
}
