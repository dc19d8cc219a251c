//! From scored pairs to clusters, their evaluation and their explanation, as a user goes.

use onefold_identity::{
    cluster::{Constraints, Dendrogram, Pairs, Partition, ScoredPair, components, constrained},
    evaluate::{
        Agreement, Binning, BlockingRecall, Calibration, Cause, LabelTable, PairLabel, Sweep,
        causes,
    },
    explain::{Component, Report, Weakness, page},
};

const ROWS: u32 = 3_000;

/// Entities of three rows each; true pairs score high, others low, and both overlap.
fn made() -> (Vec<ScoredPair>, Partition) {
    let truth = Partition::from_labels((0..ROWS).map(|row| Some(row % 1_000)));
    let mut state = 42_u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let pairs = (0..12_000).map(|number| {
        let left = next(ROWS.into()) as u32;
        let is_match = number % 2 == 0;
        let right = if is_match {
            (left + 1_000) % ROWS
        } else {
            next(ROWS.into()) as u32
        };
        let noise = next(160) as f64 / 8.0;
        ScoredPair::new(
            left,
            right,
            if is_match { noise - 4.0 } else { noise - 16.0 },
        )
    });
    (pairs.collect(), truth)
}

#[test]
fn all_ways_to_a_partition_and_its_measures_agree() {
    let (list, truth) = made();
    let pairs = Pairs::new(ROWS, list.clone()).unwrap();
    let (dendrogram, sweep) = (Dendrogram::of(&pairs), Sweep::of(&pairs, &truth).unwrap());
    for bits_min in [-20.0, -3.5, 0.0, 2.0, 3.875, 9.0, 99.0] {
        let (found, _) = components(ROWS, &list, bits_min).unwrap();
        assert_eq!(dendrogram.cut(bits_min), found);
        assert_eq!(
            constrained(&pairs, bits_min, &Constraints::default())
                .unwrap()
                .partition,
            found
        );
        let agreement = Agreement::of(&found, &truth).unwrap();
        let point = sweep.at(bits_min).unwrap();
        assert_eq!(
            (point.clusters, point.pairs),
            (found.clusters(), agreement.pairwise)
        );
        let causes = causes(&pairs, &found, &truth, bits_min, 5).unwrap();
        let of = |is_missed: bool| {
            let causes_of = Cause::ALL
                .iter()
                .filter(move |cause| cause.is_missed() == is_missed);
            causes_of.map(|cause| causes.of(*cause)).sum::<u64>()
        };
        assert_eq!(of(true), agreement.pairwise.false_negatives);
        assert_eq!(of(false), agreement.pairwise.false_positives);
        // Without constraints nothing that scores well enough is kept apart.
        assert_eq!(causes.of(Cause::SplitByClustering), 0);
    }
    let best = sweep.best().unwrap();
    assert!(best.pairs.f1() > 0.6, "{best:?}");
    let blocking = BlockingRecall::of(list.iter().map(|pair| (pair.left, pair.right)), &truth);
    let widest = sweep.points().last().unwrap().pairs;
    assert!(blocking.recall() <= widest.recall() && blocking.recall() > 0.5);
}

#[test]
fn labels_of_pairs_judge_clusters_and_scores() {
    let (list, truth) = made();
    let pairs = Pairs::new(ROWS, list).unwrap();
    let label = |pair: &ScoredPair| PairLabel {
        left: pair.left,
        right: pair.right,
        is_match: truth.together(pair.left, pair.right),
    };
    let table = LabelTable::new(ROWS, pairs.as_slice().iter().map(label).collect()).unwrap();
    let outcomes = table.outcomes(&pairs, None);
    assert_eq!(outcomes.len(), table.labels().len());
    let calibration = Calibration::of(&outcomes, Binning::Width(10)).unwrap();
    assert!(calibration.brier < 0.25, "{calibration}");
    assert_eq!(table.confusion(&truth).f1(), 1.0);
}

#[test]
fn a_component_is_explained() {
    let (list, _) = made();
    let pairs = Pairs::new(ROWS, list).unwrap();
    let component = Component::containing(&pairs, 0, 2.0).unwrap();
    let dendrogram = Dendrogram::of(&pairs);
    let mut rows = dendrogram.cluster(0, 2.0).to_vec();
    rows.sort_unstable();
    assert_eq!(component.rows(), rows);
    for row in rows.iter().skip(1) {
        let path = component.strongest_path(0, *row).unwrap();
        assert_eq!(Some(path.bits), dendrogram.bits_between(0, *row));
    }
    let report = Report::new("row 0", component, 2.0);
    assert!(!matches!(report.weakness, Weakness::Apart));
    assert!(page(&report).contains("<h1>row 0</h1>"));
}
