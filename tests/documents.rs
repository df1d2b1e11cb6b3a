//! The documents say what the code does.

use std::path::{Path, PathBuf};

const README: &str = include_str!("../README.md");
const QUICKSTART: &str = include_str!("../examples/quickstart.rs");

#[test]
fn the_readme_shows_the_quickstart_word_for_word() {
    assert!(README.contains(&format!("```rust,no_run\n{QUICKSTART}```")));
}

#[test]
fn the_readme_shows_the_builders_defaults() {
    let sessions = session_actix::SessionMiddleware::signed(session_actix::Key::generate()).build().unwrap();
    let shown = format!("{sessions:?}");
    for (said, is) in [
        ("`__Host-session`", "__Host-session"),
        ("31 days", "lifetime: 2678400s"),
        ("90 days", "absolute_lifetime: Some(7776000s)"),
        ("`Secure`", "secure: true"),
        ("`HttpOnly`", "http_only: true"),
        ("`SameSite=Lax`", "same_site: Some(Lax)"),
    ] {
        assert!(README.contains(said) && shown.contains(is), "{said}: {shown}");
    }
}

/// The Markdown files of the project: those at its root, in `docs`, and the crates' own.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = ["", "docs", "session-core", "session-actix", "session-macros"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut links = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            // Names of items are rustdoc's to check, and addresses are not ours.
            if target.contains("://") || target.contains("::") || !(path.contains('.') || Path::new(path).is_dir()) {
                continue;
            }
            let file = document.parent().unwrap().join(path);
            assert!(file.exists(), "{}: {target}", document.display());
            let headed = |line: &str| line.starts_with('#') && slug(line) == heading;
            let found = heading.is_empty() || std::fs::read_to_string(&file).unwrap().lines().any(headed);
            assert!(found, "{}: {target}", document.display());
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

/// The anchor of a heading, as GitHub makes it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .collect::<String>()
        .replace(' ', "-")
}

/// A mitigation whose test was renamed or taken away is none.
#[test]
fn every_test_that_the_threat_model_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = String::new();
    for folder in ["tests", "examples", "session-core", "session-actix", "session-macros"] {
        read_sources(&root.join(folder), &mut sources);
    }
    let model = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows = model.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat"));
    let mut tests = 0;
    for row in rows {
        let named = row.rsplit(" | ").next().unwrap().trim_end_matches(" |");
        for name in named.split('`').skip(1).step_by(2) {
            let exists = match name.strip_prefix("tests/") {
                Some(_) => root.join(name).exists(),
                None => {
                    sources.contains(&format!("fn {name}("))
                        || sources.contains(&format!("{name} =>"))
                        || sources.contains(&format!("{name},"))
                }
            };
            assert!(exists, "SECURITY.md names a test that is not there: {name}");
            tests += 1;
        }
    }
    assert!(tests > 60, "{tests}");
}

fn read_sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read_sources(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// An example on the item itself, or one on its type or module that uses it.
#[test]
fn every_public_item_is_used_by_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["session-core/src", "session-actix/src"] {
        list_sources(&root.join(folder), &mut files);
    }
    let mut items = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let examples = examples(&text);
        let names = |name: &str| examples.split(|letter: char| !is_of_a_name(letter)).any(|word| word == name);
        for item in public_items(&text) {
            assert!(names(item), "{}: no example uses `{item}`", file.display());
            items += 1;
        }
    }
    assert!(items > 350, "{items}");
}

/// The code in a source's doc comments.
fn examples(text: &str) -> String {
    let mut inside = false;
    let mut code = String::new();
    for line in text.lines().map(str::trim) {
        let Some(line) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else { continue };
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// The names of documented items that rustdoc shows. What only names a part of a middleware's machinery (`..Future`,
/// `..Service`) is made by actix-web alone.
fn public_items(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut items = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some(line) = line.strip_prefix("pub ") else { continue };
        let mut words = line
            .split_inclusive(|letter| !is_of_a_name(letter))
            .map(|word| word.trim_end_matches(|letter| !is_of_a_name(letter)));
        let Some(kind) = words.find(|word| !matches!(*word, "const" | "async")) else { continue };
        // `pub const NAME` and `pub const fn name` begin alike.
        let (kind, name) = match kind {
            name if line.starts_with("const ") && name != "fn" => ("const", Some(name)),
            kind => (kind, words.next()),
        };
        let above = lines[..number].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
        let (documented, hidden) = above.fold((false, false), |(documented, hidden), line| {
            (documented || line.starts_with("///"), hidden || line.contains("doc(hidden)"))
        });
        let is_item = matches!(kind, "fn" | "struct" | "enum" | "trait" | "type" | "const");
        let is_machinery = name.is_some_and(|name| name.ends_with("Future") || name.ends_with("Service"));
        if is_item && documented && !hidden && !is_machinery {
            items.extend(name);
        }
    }
    items
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Sources of the libraries, without tools, hidden parts and the suite, whose every scenario its own example runs.
fn list_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if ["bin", "conformance", "laws", "probe.rs"].iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            list_sources(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// And each attack is one on a threat of its boundary.
#[test]
fn every_attack_is_called_like_its_threat() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let model = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut attacks = 0;
    for boundary in model.split("\n## ").skip(1) {
        let path = boundary.split("(tests/attacks/").nth(1).and_then(|rest| rest.split(')').next());
        let path = path.unwrap_or_else(|| panic!("no attacks on {:?}", boundary.lines().next()));
        let source = std::fs::read_to_string(root.join("tests/attacks").join(path)).unwrap();
        let threats: Vec<String> =
            boundary.lines().filter_map(|row| row.strip_prefix("| ")?.split(" | ").next()).map(name).collect();
        for attack in source.split(".report(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(threats.iter().any(|threat| threat == attack), "{path}: {attack} is no threat in SECURITY.md");
            assert!(source.contains(&format!("fn {attack}()")), "{path}: {attack} is reported by another test");
            attacks += 1;
        }
    }
    assert!(attacks >= 28, "{attacks}");
}

/// A threat as the name of a test.
fn name(threat: &str) -> String {
    let letters = threat.chars().filter(|letter| letter.is_alphanumeric() || *letter == ' ');
    letters.collect::<String>().to_lowercase().replace(' ', "_")
}
