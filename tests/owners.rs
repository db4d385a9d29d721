//! Owners from CODEOWNERS: as granularity, as colour of pictures, and as a gate.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{json, result, run, run_with};

const PROFILE: &str = "pprof/go-shop-2.pb.gz";

/// File with rules for owners.
fn rules(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("owners");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Rules for the packages of the shop.
fn shop(name: &str) -> String {
    rules(
        name,
        "# Everything else is the platform's.\n* @shop/platform\nstore/ @shop/storage\n/cache_*.go @shop/cache\n",
    )
}

/// Figure of the rule on an owner, and the exit code with this limit.
fn owned(owners: &str, owner: &str, limit: &str) -> (i32, i64, Value) {
    let rule = format!("{owner}={limit}");
    let outcome = run(&["check", "--format", "json", "--owners", owners, "--max-owner", &rule, PROFILE]);
    let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
    (outcome.code, found["rules"][0]["actual"].as_i64().unwrap(), found)
}

#[test]
fn a_value_counts_for_the_innermost_function_with_an_owner() {
    let owners = shop("gate");
    let top = json(&["top", PROFILE]);
    let total_of = |name: &str| {
        let rows = top["rows"].as_array().unwrap();
        rows.iter().find(|row| row["name"].as_str().unwrap().ends_with(name)).unwrap()["total"].as_i64().unwrap()
    };
    let (code, storage, found) = owned(&owners, "@shop/storage", "1MiB");
    // What the standard library allocates for the store is the store's.
    assert_eq!((code, storage), (1, total_of("store.Generate")));
    assert_eq!(found["rules"][0]["offenders"][0]["name"], "strings.(*Builder).WriteString");
    assert_eq!(owned(&owners, "shop/storage", "1GiB").0, 0, "the sign may be left out");
    let unowned = json(&["top", "--ignore", "^main\\.|/store\\.", PROFILE])["left"].as_i64().unwrap();
    assert_eq!(owned(&owners, "unowned", "1GiB").1, unowned);
    let platform = owned(&owners, "@shop/platform", "1GiB").1;
    let cache = owned(&owners, "@shop/cache", "1GiB").1;
    assert_eq!(storage + unowned + platform + cache, top["total"].as_i64().unwrap());
}

#[test]
fn a_limit_of_an_owner_compares_functions_only_with_a_base_that_knows_them() {
    let owners = shop("base");
    let offender = |base: &[&str]| {
        let rule = ["--max-owner", "@shop/storage=1MiB", "--owners", &owners];
        let found = run(&[&["check", "--format", "json"], &rule[..], base, &[PROFILE]].concat());
        let text = run(&[&["check"], &rule[..], base, &[PROFILE]].concat()).stdout;
        let found: Value = serde_json::from_str(&found.stdout).unwrap();
        (found["rules"][0]["offenders"][0].clone(), text)
    };
    let (found, text) = offender(&["--base", PROFILE]);
    assert_eq!((&found["base"], &found["delta"]), (&found["current"], &0.into()), "{found}");
    assert!(text.contains("change") && !text.contains(" new "), "{text}");
    let baseline = rules("baseline.json", "");
    fs::remove_file(&baseline).unwrap();
    assert_eq!(run(&["check", "--baseline", &baseline, "--update-baseline", PROFILE]).code, 0);
    let (found, text) = offender(&["--baseline", &baseline]);
    assert!(found["base"].is_null() && found["delta"].is_null(), "a baseline keeps no memory of owners: {found}");
    assert!(!text.contains(" new ") && !text.contains("change"), "{text}");
}

#[test]
fn owners_are_a_granularity() {
    let owners = shop("granularity");
    let top = json(&["top", "--owners", &owners, "--granularity", "owners", PROFILE]);
    let mut names: Vec<&str> =
        top["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["@shop/cache", "@shop/platform", "@shop/storage", "unowned"]);
    assert_eq!(top["total"], json(&["top", PROFILE])["total"]);
    // Without the frames that nobody owns, self is what the gate counts.
    let hidden = [
        "top",
        "--owners",
        &owners,
        "--granularity",
        "owners",
        "--hide",
        "^(bytes|strings|encoding|net|bufio|runtime)",
        PROFILE,
    ];
    let rows = json(&hidden);
    let rows = rows["rows"].as_array().unwrap();
    let storage = rows.iter().find(|row| row["name"] == "@shop/storage").unwrap()["self"].as_i64().unwrap();
    assert_eq!(storage, owned(&owners, "@shop/storage", "1GiB").1);
    let text = result(&["report", "top", "--owners", &owners, "--granularity", "owners", PROFILE]);
    assert!(text.contains("total%  owner\n"), "{text}");
}

#[test]
fn java_files_are_found_by_their_package() {
    let owners = rules("java", "/app/src/main/java/com/example/cart/ @shop/cart\ncom/example/store/ @shop/store\n");
    let profile = rules(
        "java.heap",
        "--- heapz 1 ---\nformat = java\nresolution = bytes\n 1 1000 @ 0x1\n 1 500 @ 0x2\n 0x1 com.example.store.Disk.put (Disk.java:7)\n \
         0x2 com.example.other.Thing.run (Thing.java:9)\n",
    );
    let top = json(&["top", "--owners", &owners, "--granularity", "owners", &profile]);
    let found: Vec<(&str, i64)> = top["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["self"].as_i64().unwrap()))
        .collect();
    assert!(found.iter().any(|(name, own)| *name == "@shop/store" && *own > 0), "{found:?}");
    assert!(found.iter().any(|(name, own)| *name == "unowned" && *own > 0), "{found:?}");
}

#[test]
fn pictures_and_pages_have_a_colour_for_each_owner() {
    let owners = shop("picture");
    let drawn = result(&["report", "svg", "--owners", &owners, PROFILE]);
    for name in ["@shop/platform", "@shop/storage", "@shop/cache", "unowned"] {
        assert!(drawn.contains(&format!(">{name}</text>")), "{name}: {drawn}");
    }
    let page = result(&["report", "html", "--owners", &owners, PROFILE]);
    assert!(page.contains("@shop/storage"));
    let odd = rules("odd", "* @a<script>\n");
    assert!(!result(&["report", "svg", "--owners", &odd, PROFILE]).contains("<script"));
}

#[test]
fn a_limit_of_an_owner_needs_a_function_that_has_one() {
    let owners = shop("no-files");
    let check = |profile: &str, rule: &str| {
        run_with(&["check", "--owners", &owners, "--max-owner", rule, "-"], profile.as_bytes())
    };
    for profile in ["main;f 1000\n", "main (/elsewhere/x.c:1);f (/elsewhere/y.c:1) 1000\n"] {
        let outcome = check(profile, "@shop/storage=5000");
        assert_eq!(outcome.code, 2, "{profile}: {}{}", outcome.stdout, outcome.stderr);
        let words = "no function of the profile has an owner";
        assert!(outcome.stderr.contains(words) && outcome.stderr.contains("hint: "), "{}", outcome.stderr);
        assert_eq!(check(profile, "unowned=5000").code, 0, "all of it is unowned");
        let broken = check(profile, "unowned=500").stdout;
        assert!(broken.contains("called by") && !broken.contains("±2σ"), "no noise is known: {broken}");
    }
}

#[test]
fn mistakes_about_owners_say_what_to_do() {
    let owners = shop("mistakes");
    let empty = rules("empty", "# nothing\n");
    let cases: [(&[&str], &str); 5] = [
        (&["report", "top", "--granularity", "owners", PROFILE], "needs their rules"),
        (&["report", "top", "--owners", "none", PROFILE], "none: no such file"),
        (&["report", "top", "--owners", &empty, PROFILE], "no rule for owners in it"),
        (
            &["check", "--owners", &owners, "--max-owner", "@shop/storge=1", PROFILE],
            "no rule names the owner `@shop/storge`",
        ),
        (&["check", "--owners", &owners, "--max-owner", "@shop/storage", PROFILE], "it has no `=`"),
    ];
    for (args, words) in cases {
        let outcome = run(args);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{args:?}: {} {}", outcome.code, outcome.stderr);
    }
    let odd = rules("refused", "* @a\n![x] @b\n");
    let outcome = run_with(&["report", "top", "--owners", &odd, "-"], b"main;f 1\n");
    assert!(
        outcome.code == 0 && outcome.stderr.contains("GitHub does not read are left out (1)"),
        "{}",
        outcome.stderr
    );
}

/// Memory in MiB of two functions `<module>` and of `load`, each in its file under `run`, in this order of samples.
fn python(name: &str, order: [usize; 3]) -> String {
    let weights = [100, 300, 50].map(|mib: i64| mib << 20);
    let samples = order.map(|at| format!("[0,{}]", at + 1)).join(",");
    let weights = order.map(|at| weights[at].to_string()).join(",");
    let frames = [
        ("run", "/srv/app/main.py"),
        ("<module>", "/srv/app/billing/x.py"),
        ("<module>", "/srv/app/search/y.py"),
        ("load", "/srv/app/search/y.py"),
    ];
    let frames = frames.map(|(name, file)| format!(r#"{{"name":"{name}","file":"{file}"}}"#)).join(",");
    let text = format!(
        r#"{{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{{"frames":[{frames}]}},
        "profiles":[{{"type":"sampled","name":"heap","unit":"bytes","startValue":0,"endValue":1,
        "samples":[{samples}],"weights":[{weights}]}}]}}"#
    );
    rules(&format!("{name}.speedscope.json"), &text)
}

/// Rules for the folders of [`python`].
fn folders(name: &str) -> String {
    rules(name, "/srv/app/search/ @search\n/srv/app/billing/ @billing\n")
}

/// Name and total in MiB of every row of a report.
fn totals(args: &[&str]) -> Vec<(String, i64)> {
    let top = json(&[&["top"], args].concat());
    let total = |row: &Value| (row["name"].as_str().unwrap().to_owned(), row["total"].as_i64().unwrap() >> 20);
    let mut totals: Vec<_> = top["rows"].as_array().unwrap().iter().map(total).collect();
    totals.sort();
    totals
}

#[test]
fn functions_of_one_name_count_for_the_package_and_the_owner_of_their_file() {
    let owners = folders("same-name");
    for (name, order) in [("first", [0, 1, 2]), ("last", [2, 0, 1]), ("other", [1, 0, 2])] {
        let profile = python(name, order);
        let expected = |names: [&str; 3]| {
            let mut all: Vec<_> = names.map(str::to_owned).into_iter().zip([100, 350, 450]).collect();
            all.sort();
            all
        };
        let packages = totals(&["--granularity", "packages", &profile]);
        assert_eq!(packages, expected(["/srv/app/billing", "/srv/app/search", "/srv/app"]), "{order:?}");
        let by_owner = totals(&["--owners", &owners, "--granularity", "owners", &profile]);
        assert_eq!(by_owner, expected(["@billing", "@search", "unowned"]), "{order:?}");
        let limit = |limit: &str| {
            let args = ["check", "--format", "json", "--owners", &owners, "--max-owner", limit, &profile];
            let outcome = run(&args);
            let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
            (outcome.code, found["rules"][0]["actual"].as_i64().unwrap() >> 20, found)
        };
        let (code, search, found) = limit("@search=200MiB");
        assert_eq!((code, search), (1, 350), "{order:?}");
        let offenders: Vec<&str> = found["rules"][0]["offenders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(offenders, ["<module>", "load"]);
        assert_eq!(limit("@billing=200MiB").1, 100);
        assert_eq!(limit("unowned=200MiB").1, 0);
        let drawn = result(&["report", "svg", "--owners", &owners, &profile]);
        assert!(drawn.contains(">several owners</text>") && drawn.contains(">@search</text>"), "{drawn}");
    }
}
