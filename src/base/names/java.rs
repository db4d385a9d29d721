//! Names of Java and other JVM languages: `com.example.mypackage.MyClass$Inner.method(int)`, also with `/` between
//! packages.

use super::form_search::FormSearch;
use super::qualified::{is_digits, is_identifier};

/// Offers forms from the widest to the narrowest: drops arguments, abbreviates packages to a letter from the left,
/// drops packages, then the class.
pub fn forms(name: &str, search: &mut FormSearch) -> Option<String> {
    let plain = short_lambda(without_arguments(without_module(name)));
    let parts: Vec<&str> = plain.split(['.', '/']).collect();
    if let Some(form) = search.offer(plain.clone()) {
        return Some(form);
    }
    let packages = package_parts(&parts);
    for shortened in 1..=packages {
        let mut form = String::new();
        for (index, part) in parts.iter().enumerate() {
            let letter = part.chars().next().filter(|_| index < shortened);
            match letter {
                Some(letter) => form.push(letter),
                None => form.push_str(part),
            }
            form.push('.');
        }
        form.pop();
        if let Some(form) = search.offer(form) {
            return Some(form);
        }
    }
    // A constructor is identified by its class.
    let last = parts.iter().rposition(|part| !part.starts_with('<')).unwrap_or(0);
    (packages..=last.max(packages)).find_map(|first| search.offer(parts[first..].join(".")))
}

/// Number of leading parts that are packages: those before the first capitalized part, else all but the last two.
fn package_parts(parts: &[&str]) -> usize {
    let class = parts.iter().position(|part| part.starts_with(|letter: char| letter.is_uppercase()));
    class.unwrap_or(parts.len()).min(parts.len().saturating_sub(2))
}

/// Removes the module and the class loader, which Java 9 and later print before the package:
/// `java.base@11/java.util.List.of`.
fn without_module(name: &str) -> &str {
    match name.rsplit_once("//") {
        Some((_, rest)) if !rest.is_empty() => return rest,
        _ => {}
    }
    match name.split_once('/') {
        Some((module, rest)) if module.contains('@') && !rest.is_empty() => rest,
        _ => name,
    }
}

fn without_arguments(name: &str) -> &str {
    match name.find('(') {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    }
}

/// Shortens the class of a lambda, whose number changes from run to run: `Foo$$Lambda$14/0x08.run`.
fn short_lambda(name: &str) -> String {
    const LAMBDA: &str = "$$Lambda";
    let Some(at) = name.find(LAMBDA) else {
        return name.to_owned();
    };
    let rest = &name[at + LAMBDA.len()..];
    let end = rest.find('.').unwrap_or(rest.len());
    format!("{}$$λ{}", &name[..at], &rest[end..])
}

/// Package of `name`, or its class if it has no package.
pub fn package(name: &str) -> &str {
    let name = without_arguments(without_module(name));
    let parts: Vec<&str> = name.split(['.', '/']).collect();
    let kept = package_parts(&parts).max(usize::from(parts.len() > 1));
    let letters: usize = parts[..kept].iter().map(|part| part.len() + 1).sum();
    &name[..letters.saturating_sub(1)]
}

/// True if `name` is `package.Class.method`, with dots or slashes.
pub fn is_java(name: &str) -> bool {
    let name = without_arguments(name);
    // Few names of other languages have these first letters, so the parts are looked at last.
    let class = name.rsplit(['.', '/']).nth(1);
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && class.is_some_and(|class| class.starts_with(|letter: char| letter.is_ascii_uppercase()))
        && name.split(['.', '/']).all(|part| is_identifier(part) || part == "<init>" || part == "<clinit>")
        && !name.contains(".(")
}

/// `Class.method` of a qualified name, as pprof shortens it; `None` for other names.
pub fn display(name: &str) -> Option<&str> {
    let head = without_arguments(name);
    let mut rest = head;
    loop {
        let (part, after) = rest.split_once('.')?;
        if part.starts_with(|letter: char| letter.is_ascii_uppercase()) {
            return (is_identifier(part) && is_method(after)).then_some(rest);
        }
        let is_package = part.starts_with(|letter: char| letter.is_ascii_lowercase())
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !is_package {
            return None;
        }
        rest = after;
    }
}

/// True for `run`, `<init>`, `lambda$run$0`, `run$0`.
fn is_method(name: &str) -> bool {
    let numbered = name.rsplit_once('$').is_some_and(|(_, number)| is_digits(number));
    name == "<init>"
        || (name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && is_identifier(name)
            && (numbered || !name.ends_with('$')))
}
