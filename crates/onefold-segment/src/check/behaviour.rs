//! What happened: selections, counts and sequences.

use super::{Mistake, SPOKEN_MAX, STEPS_MAX, walk::Walk};
use crate::{
    ast::{Absence, Counted, Happening, Predicate, Selection, Sequence},
    code::Code,
};

/// The names of a sequence's steps.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    /// All of them, in order.
    names: Vec<&'a str>,
    /// How many of them stand before the present step.
    before: usize,
    /// Those that a filter has spoken of.
    spoken_of: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    pub(super) fn behaviour(&mut self, predicate: &'a Predicate, depth: usize) {
        self.of_people("what happened is asked");
        match predicate {
            Predicate::Did {
                selection, counted, ..
            } => self.enter("did", |walk| {
                walk.selected(selection, depth);
                if let Counted::Values(value) = counted {
                    walk.enter("counted", |walk| walk.expression(value, depth + 1));
                }
            }),
            Predicate::Recency {
                selection,
                duration,
                ..
            } => self.enter("recency", |walk| {
                walk.selected(selection, depth);
                walk.duration(*duration);
            }),
            Predicate::Lapsed { selection, quiet } => self.enter("lapsed", |walk| {
                walk.selected(selection, depth);
                walk.without_window(selection);
                walk.duration(*quiet);
            }),
            Predicate::Stopped {
                selection,
                quiet,
                at_least,
                during,
            } => self.enter("stopped", |walk| {
                walk.selected(selection, depth);
                walk.without_window(selection);
                walk.duration(*quiet);
                walk.duration(*during);
                walk.at_least_one(*at_least, "after at least 0 times");
            }),
            Predicate::Restarted { selection, quiet } => self.enter("restarted", |walk| {
                walk.selected(selection, depth);
                walk.duration(*quiet);
            }),
            Predicate::Nth { selection, number } => self.enter("nth", |walk| {
                walk.selected(selection, depth);
                walk.at_least_one(*number, "the time with the number 0");
            }),
            Predicate::Sequence(sequence) => {
                self.enter("sequence", |walk| walk.sequence(sequence, depth));
            }
            _ => {}
        }
    }

    fn at_least_one(&mut self, count: u32, message: &str) {
        if count == 0 {
            self.note(Code::Count, message, "write at least 1");
        }
    }

    fn without_window(&mut self, selection: &Selection) {
        if !selection.window.is_ever() {
            let message = "a window where the length of time says all";
            self.note(Code::Form, message, "leave the window out");
        }
    }

    fn selected(&mut self, selection: &'a Selection, depth: usize) {
        self.enter("selection", |walk| walk.selection(selection, depth));
    }

    pub(super) fn selection(&mut self, selection: &'a Selection, depth: usize) {
        self.events(&selection.event);
        if let Some(filter) = &selection.filter {
            self.enter("where", |walk| walk.filter(filter, depth + 1));
        }
        self.enter("window", |walk| walk.window(&selection.window));
    }

    fn sequence(&mut self, sequence: &'a Sequence, depth: usize) {
        self.step_names(sequence);
        self.enter("first", |walk| walk.happening(&sequence.first, depth));
        self.passed(&sequence.first);
        self.enter_each("then", &sequence.then, |walk, then| {
            if let Some(within) = then.within {
                walk.duration(within);
            }
            if let Some(without) = &then.without {
                walk.enter("without", |walk| walk.excluded(without, depth));
            }
            walk.enter("step", |walk| walk.happening(&then.step, depth));
            walk.passed(&then.step);
        });
        if let Some(Absence { step, within }) = &sequence.then_no {
            self.enter("then_no", |walk| {
                walk.enter("step", |walk| walk.excluded(step, depth));
                walk.duration(*within);
            });
        }
        if let Some(within) = sequence.within {
            self.duration(within);
        }
        self.enter("window", |walk| walk.window(&sequence.window));
        let steps = sequence.then.len() + 1;
        if steps > STEPS_MAX {
            let message = format!("a sequence of {steps} steps");
            let help = format!("a sequence has up to {STEPS_MAX}");
            self.note(Code::Sequence, message, help);
        }
        let spoken_of = self.steps.take().map_or(0, |steps| steps.spoken_of.len());
        if spoken_of > SPOKEN_MAX {
            let message = format!("filters speak of {spoken_of} earlier steps");
            let help = format!("they may speak of up to {SPOKEN_MAX} in one sequence");
            self.note(Code::Sequence, message, help);
        }
    }

    fn step_names(&mut self, sequence: &'a Sequence) {
        let steps = std::iter::once(&sequence.first).chain(sequence.then.iter().map(|t| &t.step));
        let mut names: Vec<&'a str> = Vec::new();
        for name in steps.filter_map(|step| step.name.as_deref()) {
            if names.contains(&name) {
                let mistake = Mistake::new(
                    Code::StepName,
                    format!("two steps are called `{name}`"),
                    "give one another name",
                );
                self.add(mistake.about(name));
            }
            if name.contains('.') {
                let mistake = Mistake::new(
                    Code::StepName,
                    format!("`{name}` is no name for a step"),
                    "a step's name has no dot, which stands between it and the property",
                );
                self.add(mistake.about(name));
            }
            self.name(name, "a step");
            names.push(name);
        }
        self.steps = Some(Steps {
            names,
            before: 0,
            spoken_of: Vec::new(),
        });
    }

    /// Filters behind this step may speak of it.
    fn passed(&mut self, step: &Happening) {
        if let Some(steps) = &mut self.steps {
            steps.before += usize::from(step.name.is_some());
        }
    }

    fn happening(&mut self, step: &'a Happening, depth: usize) {
        self.events(&step.event);
        if let Some(filter) = &step.filter {
            self.enter("where", |walk| walk.filter(filter, depth + 1));
        }
    }

    /// A step that must not happen.
    fn excluded(&mut self, step: &'a Happening, depth: usize) {
        if let Some(name) = &step.name {
            let mistake = Mistake::new(
                Code::StepName,
                format!("`{name}` names what must not happen"),
                "leave `as` out: nothing can speak of it",
            );
            self.add(mistake.about(name));
        }
        self.happening(step, depth);
    }

    /// A property that is read of an earlier step.
    pub(super) fn of_a_step(&mut self, name: &'a str) {
        let Some(steps) = &mut self.steps else {
            let mistake = Mistake::new(
                Code::StepName,
                format!("`{name}` is no step here"),
                "only the filters of a sequence speak of earlier steps",
            );
            return self.add(mistake.about(name));
        };
        let earlier = steps.names.get(..steps.before).unwrap_or_default();
        if earlier.contains(&name) {
            if !steps.spoken_of.contains(&name) {
                steps.spoken_of.push(name);
            }
            return;
        }
        let is_later = steps.names.contains(&name);
        let near = crate::suggest::nearest(name, earlier.iter().copied());
        let (message, help) = match near {
            _ if is_later => (
                format!("step `{name}` is not an earlier one"),
                "turn the comparison round: the later step speaks of the earlier".to_owned(),
            ),
            Some(near) => (
                format!("no step is called `{name}`"),
                format!("did you mean `{near}`?"),
            ),
            None => (
                format!("no step is called `{name}`"),
                format!("name an earlier step: `view as {name}`"),
            ),
        };
        self.add(Mistake::new(Code::StepName, message, help).about(name));
    }

    /// A property whose name reads like one of a step.
    pub(super) fn not_of_a_step(&mut self, path: &str) {
        let Some(steps) = &self.steps else {
            return;
        };
        let named = path
            .split_once('.')
            .filter(|(step, _)| steps.names.contains(step));
        if let Some((step, rest)) = named {
            let mistake = Mistake::new(
                Code::StepName,
                format!("`{path}` reads like a property of the step `{step}`, and is none"),
                format!(
                    "for the step's own property write `{rest}`, else give the step another name"
                ),
            );
            self.add(mistake.about(path));
        }
    }
}
