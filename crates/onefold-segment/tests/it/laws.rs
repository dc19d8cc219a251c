//! Laws that the reference evaluator keeps, whatever the definitions and the world are.

use onefold_event::Timestamp;
use onefold_segment::{
    Library,
    ast::{Band, Count, Counted, Definition, Predicate, Scope, Then},
};
use proptest::prelude::*;

use crate::random::{Everybody, definitions, everybody, time};

/// The definitions, and segments that say something of the first of them.
fn with(definitions: &[Definition], added: &[(&str, Predicate)]) -> (Library, Scope) {
    let first = definitions.iter().find_map(|definition| match definition {
        Definition::Segment { scope, .. } if scope.of.word() == "person" => Some(scope.clone()),
        _ => None,
    });
    let scope = Scope {
        among: None,
        ..first.unwrap()
    };
    let mut all = definitions.to_vec();
    all.extend(added.iter().map(|(name, when)| Definition::Segment {
        name: (*name).into(),
        scope: scope.clone(),
        when: when.clone(),
    }));
    (Library::new(all).unwrap(), scope)
}

fn members(everybody: &Everybody, library: &Library, name: &str, as_of: Timestamp) -> Vec<usize> {
    everybody.ask(library, as_of, |world| world.members(name).unwrap())
}

/// Every predicate of the definitions about people, also those inside others.
fn predicates(definitions: &[Definition]) -> Vec<Predicate> {
    fn note(predicate: &Predicate, found: &mut Vec<Predicate>) {
        found.push(predicate.clone());
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().for_each(|part| note(part, found));
            }
            Predicate::Not(inner) => note(inner, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for definition in definitions {
        if let Definition::Segment { scope, when, .. } = definition
            && scope.of.word() == "person"
        {
            note(when, &mut found);
        }
    }
    found
}

fn not(predicate: &Predicate) -> Predicate {
    Predicate::Not(Box::new(predicate.clone()))
}

/// Two ways to say the same have the same members.
fn check_equal(
    everybody: &Everybody,
    definitions: &[Definition],
    as_of: Timestamp,
    left: Predicate,
    right: Predicate,
) -> Result<(), TestCaseError> {
    let (library, _) = with(definitions, &[("left", left), ("right", right)]);
    let [left, right] = ["left", "right"].map(|name| members(everybody, &library, name, as_of));
    prop_assert_eq!(left, right, "{} as of {}", library, as_of);
    Ok(())
}

proptest! {
    #[test]
    fn logic_is_that_of_sets(definitions in definitions(), everybody in everybody(), as_of in time()) {
        for p in predicates(&definitions) {
            let q = Predicate::Trait { name: "last".into(), test: onefold_segment::ast::Test::Set };
            check_equal(&everybody, &definitions, as_of, not(&not(&p)), p.clone())?;
            let both = Predicate::All(vec![p.clone(), q.clone()]);
            check_equal(&everybody, &definitions, as_of, not(&both), Predicate::Any(vec![not(&p), not(&q)]))?;
            let (library, _) = with(&definitions, &[("p", p.clone()), ("rest", not(&p))]);
            let mut all = members(&everybody, &library, "p", as_of);
            all.extend(members(&everybody, &library, "rest", as_of));
            all.sort_unstable();
            prop_assert_eq!(all, (0..everybody.people.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_same_said_in_two_ways_is_the_same(definitions in definitions(), everybody in everybody(), as_of in time()) {
        for predicate in predicates(&definitions) {
            match predicate {
                Predicate::Lapsed { selection, quiet } => {
                    let operator = onefold_segment::ast::Operator::Greater;
                    let recency = Predicate::Recency { selection: selection.clone(), operator, duration: quiet };
                    check_equal(&everybody, &definitions, as_of, Predicate::Lapsed { selection, quiet }, recency)?;
                }
                Predicate::Did { selection, counted: Counted::Times, .. } => {
                    let did = |count| Predicate::Did { selection: selection.clone(), count, counted: Counted::Times };
                    let (some, none) = (did(Count::AtLeast(1)), did(Count::AtMost(0)));
                    check_equal(&everybody, &definitions, as_of, not(&some), none)?;
                }
                Predicate::Sequence(mut sequence) => {
                    let first = sequence.first.clone();
                    let is_ever = sequence.window == onefold_segment::ast::Window::Ever;
                    let did = onefold_segment::ast::Selection {
                        event: first.event,
                        filter: first.filter,
                        window: sequence.window,
                    };
                    let did = Predicate::Did { selection: did, count: Count::AtLeast(1), counted: Counted::Times };
                    // One step and something that never follows is that it was done, long enough ago.
                    if let Some(absence) = &mut sequence.then_no {
                        absence.step.event = onefold_segment::ast::Events::named("never");
                        absence.step.filter = None;
                        sequence.then.clear();
                        sequence.within = None;
                        sequence.first.name = None;
                        let whole = with(&definitions, &[("s", Predicate::Sequence(sequence)), ("did", did)]).0;
                        let ten_years_later = as_of.plus_micros(3_650 * 86_400_000_000);
                        let found = members(&everybody, &whole, "s", as_of);
                        let did = members(&everybody, &whole, "did", as_of);
                        prop_assert!(found.iter().all(|at| did.contains(at)));
                        if is_ever {
                            let [found, did] = ["s", "did"].map(|name| members(&everybody, &whole, name, ten_years_later));
                            prop_assert_eq!(found, did);
                        }
                    }
                }
                Predicate::Rank { by, .. } => {
                    let band = |share: i64| Predicate::Rank { band: Band::TopPercent(share.into()), by: by.clone() };
                    let bottom = Predicate::Rank { band: Band::BottomPercent(100.into()), by: by.clone() };
                    check_equal(&everybody, &definitions, as_of, band(100), bottom)?;
                    let all = Predicate::Rank { band: Band::Percentile { from: 0.into(), to: 100.into() }, by: by.clone() };
                    check_equal(&everybody, &definitions, as_of, band(100), all)?;
                }
                _ => {}
            }
        }
    }

    #[test]
    fn more_conditions_make_fewer_sequences(definitions in definitions(), everybody in everybody(), as_of in time()) {
        for predicate in predicates(&definitions) {
            let Predicate::Sequence(sequence) = predicate else { continue };
            let mut loose = sequence.clone();
            loose.within = None;
            loose.then_no = None;
            for Then { directly, within, without, .. } in &mut loose.then {
                (*directly, *within, *without) = (false, None, None);
            }
            if loose.then.is_empty() {
                continue;
            }
            let added = [("strict", Predicate::Sequence(sequence)), ("loose", Predicate::Sequence(loose))];
            let library = with(&definitions, &added).0;
            let loose = members(&everybody, &library, "loose", as_of);
            let strict = members(&everybody, &library, "strict", as_of);
            prop_assert!(strict.iter().all(|at| loose.contains(at)));
        }
    }

    #[test]
    fn order_of_arrival_does_not_matter(definitions in definitions(), everybody in everybody(), as_of in time()) {
        let library = Library::new(definitions).unwrap();
        let mut turned = everybody.clone();
        turned.people.iter_mut().for_each(|person| person.past.reverse());
        for definition in library.definitions() {
            let ask = |everybody: &Everybody| {
                everybody.ask(&library, as_of, |world| {
                    let values: Vec<_> = (0..3).map(|at| world.value(definition.name(), at)).collect();
                    (world.members(definition.name()), values)
                })
            };
            prop_assert_eq!(ask(&everybody), ask(&turned));
        }
    }
}
