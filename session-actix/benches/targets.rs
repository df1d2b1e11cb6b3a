//! The figures that this library holds itself to.

use crate::Figure;
use crate::subjects::{Case, Subject};

/// What a subject may take at most, of what.
enum Limit {
    /// Of the time of a request, as a multiple of bare actix-web's.
    Bare(f64),
    /// Of what a session takes, as a multiple of what it takes by hand.
    Floor(f64),
    /// As a multiple of what it takes in another library that does the same.
    Rival(f64),
    /// As a multiple of what a signed session takes.
    Signed(f64),
}

const TARGETS: &[(Case, Subject, Limit)] = &[
    (Case::Untouched, Subject::OursSigned, Limit::Bare(1.05)),
    (Case::UntouchedAmongOthers, Subject::OursSigned, Limit::Bare(1.05)),
    (Case::Read, Subject::OursSigned, Limit::Floor(1.15)),
    (Case::Read, Subject::OursSigned, Limit::Rival(0.42)),
    (Case::Write, Subject::OursSigned, Limit::Floor(1.15)),
    (Case::Write, Subject::OursSigned, Limit::Rival(0.40)),
    (Case::ReadBig, Subject::OursSigned, Limit::Rival(0.65)),
    (Case::WriteBig, Subject::OursSigned, Limit::Rival(0.50)),
    (Case::ReadBig, Subject::OursLazy, Limit::Rival(0.42)),
    (Case::WriteBig, Subject::OursLazy, Limit::Rival(0.36)),
    (Case::New, Subject::OursSigned, Limit::Rival(0.6)),
    (Case::Read, Subject::OursEncrypted, Limit::Signed(1.2)),
    (Case::Read, Subject::OursEncrypted, Limit::Rival(0.45)),
    (Case::Write, Subject::OursEncrypted, Limit::Signed(1.2)),
    (Case::Write, Subject::OursEncrypted, Limit::Rival(0.45)),
    (Case::FlashPush, Subject::OursSigned, Limit::Rival(0.6)),
    (Case::FlashRead, Subject::OursSigned, Limit::Rival(0.5)),
    (Case::Read, Subject::OursMemory, Limit::Rival(0.5)),
    (Case::Write, Subject::OursMemory, Limit::Rival(0.5)),
];

/// What a session takes in a request.
pub(crate) fn over(figures: &[Figure], case: Case, subject: Subject) -> Option<f64> {
    find(figures, case, subject).map(|figure| figure.over_bare)
}

/// What one of our subjects takes, as a multiple of the library that it would replace.
pub(crate) fn over_rival(figures: &[Figure], figure: &Figure) -> Option<f64> {
    let is_flash = matches!(figure.case, Case::FlashPush | Case::FlashRead);
    let rival = match figure.subject {
        Subject::OursSigned if is_flash => Subject::FlashMessages,
        Subject::OursSigned | Subject::OursLazy => Subject::ActixSessionSigned,
        Subject::OursEncrypted => Subject::ActixSessionPrivate,
        Subject::OursMemory => Subject::TowerMemory,
        _ => return None,
    };
    over(figures, figure.case, rival).map(|rival| figure.over_bare / rival)
}

pub(crate) fn print(figures: &[Figure]) {
    println!("\n{:31} {:25} {:38} {:>5} {:>8}", "case", "subject", "at most", "limit", "measured");
    for (case, subject, limit) in TARGETS {
        let Some(figure) = find(figures, *case, *subject) else { continue };
        let of = |other: Subject| over(figures, *case, other).map(|other| figure.over_bare / other);
        let (what, limit, measured) = match limit {
            Limit::Bare(limit) => {
                ("of bare actix-web's total", limit, Some(figure.total / (figure.total - figure.over_bare)))
            }
            Limit::Floor(limit) => ("of what it takes by hand", limit, of(Subject::Floor)),
            Limit::Rival(limit) => ("of its rival's", limit, over_rival(figures, figure)),
            Limit::Signed(limit) => ("of our signed one's", limit, of(Subject::OursSigned)),
        };
        let Some(measured) = measured else { continue };
        let verdict = if measured <= *limit { "" } else { "  not reached" };
        println!("{:31} {:25} {what:38} {limit:5.2} {measured:8.2}{verdict}", case.name(), subject.name());
    }
}

fn find(figures: &[Figure], case: Case, subject: Subject) -> Option<&Figure> {
    figures.iter().find(|figure| figure.case == case && figure.subject == subject)
}
