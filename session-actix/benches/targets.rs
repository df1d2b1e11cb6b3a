//! The figures that this library holds itself to.

use crate::Figure;
use crate::subjects::{Case, Subject};

pub fn over(figures: &[Figure], case: Case, subject: Subject) -> Option<f64> {
    figures.iter().find(|figure| figure.case == case && figure.subject == subject).map(|figure| figure.over_bare)
}

pub fn print(_figures: &[Figure]) {}
