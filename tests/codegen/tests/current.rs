//! Keeps the checked-in text equal to what the generator writes. `UPDATE=1 cargo test -p codegen`
//! writes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn generated_files_are_current() {
    let root = codegen::repository();
    let files = codegen::generate(&root).unwrap_or_else(|e| panic!("the generation fails: {e}"));
    let mut stale = Vec::new();
    for (path, text) in &files {
        if std::fs::read_to_string(root.join(path)).ok().as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    // A file that is no longer generated would stay behind and still be compiled.
    let generated: BTreeSet<PathBuf> = files.keys().map(|path| root.join(path)).collect();
    let orphans: Vec<PathBuf> = files_below(&root.join("src/wire/generated"))
        .into_iter()
        .filter(|p| !generated.contains(p))
        .collect();

    if std::env::var_os("UPDATE").is_some() {
        for path in &stale {
            let target = root.join(path);
            std::fs::create_dir_all(target.parent().expect("a generated file has a folder"))
                .expect("the folder can be made");
            std::fs::write(target, &files[path]).unwrap_or_else(|e| panic!("{path}: {e}"));
        }
        for path in orphans {
            std::fs::remove_file(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
        return;
    }
    stale.extend(orphans.iter().map(|p| p.display().to_string()));
    assert!(
        stale.is_empty(),
        "these files differ from what the generator writes; run `UPDATE=1 cargo test -p codegen` and read the diff:\n  {}",
        stale.join("\n  ")
    );
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path))
        } else {
            files.push(path)
        }
    }
    files
}
