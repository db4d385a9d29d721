//! Tests of advice: which rules fit a name, and in which profiles.

use super::*;
use crate::base::names::Language;

fn rule(id: &str, language: Language, pattern: &str, file: Option<&str>) -> AdviceRule {
    let attributes = RuleAttributes {
        id: id.to_owned(),
        language,
        metric: Metric::InUse,
        part: FigureKind::Total,
        least: 5.0,
        text: "Less.".to_owned(),
        source: "https://example.com".to_owned(),
        matching_examples: Vec::new(),
        non_matching_examples: Vec::new(),
    };
    AdviceRule::new(attributes, pattern, file)
}

fn rules() -> AdviceRules {
    AdviceRules::new(vec![
        rule("cpp-vector", Language::Cpp, r"^std::vector\b.*::reserve", None),
        rule("rust-vec", Language::Rust, r"raw_vec::finish_grow", None),
        rule("python-loads", Language::Python, "^loads$", Some("(^|/)json/")),
        rule("go-loads", Language::Go, "^loads$", None),
    ])
}

fn fitting(language: Language, name: &str, file: Option<&str>) -> Vec<&'static str> {
    let rules = rules();
    let ids = ["cpp-vector", "rust-vec", "python-loads", "go-loads"];
    rules.fitting(language, name, file).into_iter().map(|index| ids[index]).collect()
}

#[test]
fn a_plain_name_is_of_the_language_of_its_profile() {
    assert_eq!(fitting(Language::Go, "loads", None), ["go-loads"]);
    assert_eq!(fitting(Language::Python, "loads", Some("/lib/json/__init__.py")), ["python-loads"]);
    assert_eq!(fitting(Language::Python, "loads", Some("/lib/pickle.py")), [""; 0]);
    assert_eq!(fitting(Language::Python, "loads", None), [""; 0], "the file is part of the rule");
    assert_eq!(fitting(Language::Other, "loads", None), [""; 0]);
}

#[test]
fn a_name_that_says_its_language_is_asked_by_its_own_rules_anywhere() {
    for language in [Language::Python, Language::Go, Language::Rust, Language::Cpp, Language::Other] {
        assert_eq!(fitting(language, "std::vector<int>::reserve", None), ["cpp-vector"], "{language:?}");
        assert_eq!(fitting(language, "_ZNSt6vectorIiSaIiEE7reserveEm", None), ["cpp-vector"], "{language:?}");
        assert_eq!(fitting(language, "alloc::raw_vec::finish_grow", None), ["rust-vec"], "{language:?}");
    }
}

#[test]
fn ones_own_rule_takes_the_place_of_its_namesake() {
    let own = vec![rule("go-loads", Language::Go, "^dumps$", None), rule("go-more", Language::Go, "^loads$", None)];
    let rules = rules().with(own);
    let ids: Vec<&str> = rules.all().iter().map(|rule| rule.attributes.id.as_str()).collect();
    assert_eq!(ids, ["cpp-vector", "rust-vec", "python-loads", "go-loads", "go-more"]);
    assert_eq!(rules.fitting(Language::Go, "dumps", None), [3]);
    assert_eq!(rules.fitting(Language::Go, "loads", None), [4]);
}

#[test]
fn an_expression_that_cannot_be_used_says_so_and_matches_nothing() {
    let broken = rule("x", Language::Go, "(", None);
    assert_eq!(broken.check(), Err(RuleError::Expression("unclosed group".to_owned())));
    assert!(!broken.fits("(", None));
    let long = rule("x", Language::Go, "a", Some(&"b".repeat(1001)));
    assert_eq!(long.check(), Err(RuleError::Long));
    let examples = ["loads in /lib/json/a.py", "main.run"].map(RuleExample::new);
    assert_eq!((examples[0].file.as_deref(), examples[1].file.as_deref()), (Some("/lib/json/a.py"), None));
}
