//! A report as one HTML page.
//!
//! Invariant: the page is whole in itself: no script, nothing fetched (a policy in it forbids both), and
//! every text from a record is escaped.

use std::fmt::Write;

use super::{
    Comparison, Counterfactual, Cut, LostLink, Marks, Report, Weakness, counted,
    escape::{escape, signed},
    percent,
    picture::drawn,
    waterfall_svg,
};

const STYLE: &str = include_str!("page.css");

/// The report as one page: title, tables and pictures; for screens of any size, light and dark, and paper.
///
/// Cost: that of the picture, O(rows²) for the rows drawn.
pub fn page(report: &Report) -> String {
    let title = escape(&report.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\"><meta name=\"referrer\" content=\"no-referrer\">\
         <title>{title}</title>\n<style>{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n"
    );
    verdict(&mut page, report);
    picture(&mut page, report);
    path(&mut page, report);
    report
        .comparisons
        .iter()
        .for_each(|it| comparison(&mut page, report, it));
    weakness(&mut page, report);
    counterfactual(&mut page, report);
    held(&mut page, report);
    records(&mut page, report);
    page.push_str(
        "<footer>Bits are the base-2 logarithm of the odds that two rows are one entity: 0 bits are even \
         odds, each further bit doubles them.</footer>\n</main></body></html>\n",
    );
    page
}

// Writing to a text does not fail, so results of `write!` are not looked at in this file.

fn name(report: &Report, row: u32) -> String {
    format!("<bdi>{}</bdi>", escape(&report.names.of(row)))
}

fn verdict(page: &mut String, report: &Report) {
    if let Some(path) = &report.path {
        let (from, to) = (name(report, path.from), name(report, path.to));
        let _ = match path.steps.as_slice() {
            [] => writeln!(page, "<p class=\"lead\">{from} is one row.</p>"),
            [_] => writeln!(
                page,
                "<p class=\"lead\">{from} and {to} are linked directly.</p>"
            ),
            steps => writeln!(
                page,
                "<p class=\"lead\">{from} and {to} are joined by {} links.</p>",
                steps.len()
            ),
        };
    }
    page.push_str("<dl class=\"facts\">");
    let mut fact = |term: &str, value: String| {
        let _ = write!(page, "<div><dt>{term}</dt><dd>{value}</dd></div>");
    };
    fact("rows", report.component.rows().len().to_string());
    fact("links", report.component.links().len().to_string());
    if let Some(path) = report.path.as_ref().filter(|path| !path.steps.is_empty()) {
        fact("weakest link", format!("{} bits", signed(path.bits, 1)));
        fact("its probability", percent(path.bits));
    }
    fact("threshold", format!("{} bits", signed(report.bits_min, 1)));
    page.push_str("</dl>\n");
}

fn picture(page: &mut String, report: &Report) {
    let marks = Marks {
        path: report.path.as_ref(),
        weakest: report.weakness.cut(),
    };
    let (svg, width) = drawn(&report.component, &report.names, marks);
    // A narrow screen shows a part that can be read, rather than all of it too small.
    let least = width.min(640.0);
    let _ = writeln!(
        page,
        "<section><h2>The rows and their links</h2>\n<div class=\"wide\" \
         style=\"--least:{least:.0}px\">{svg}</div></section>"
    );
}

fn path(page: &mut String, report: &Report) {
    let Some(path) = report.path.as_ref().filter(|path| !path.steps.is_empty()) else {
        return;
    };
    page.push_str("<section><h2>The strongest path</h2><ol>");
    for step in &path.steps {
        let (from, to) = (name(report, step.from), name(report, step.to));
        let (bits, likely) = (signed(step.bits, 1), percent(step.bits));
        let _ = write!(
            page,
            "<li>{from} and {to}: {bits} bits <span class=\"dim\">({likely})</span></li>"
        );
    }
    page.push_str("</ol></section>\n");
}

fn comparison(page: &mut String, report: &Report, comparison: &Comparison) {
    let Comparison {
        left,
        right,
        waterfall,
    } = comparison;
    let (left, right) = (name(report, *left), name(report, *right));
    let _ = write!(
        page,
        "<section><h2>{left} and {right}</h2><div class=\"two\">{}<div class=\"scroll\"><table><thead><tr>\
         <th>field</th><th>{left}</th><th>{right}</th><th class=\"n\">bits</th></tr></thead><tbody>",
        waterfall_svg(waterfall)
    );
    for bar in waterfall.bars() {
        let class = if bar.bits < 0.0 { "against" } else { "for" };
        let _ = write!(
            page,
            "<tr><td>{}<br><span class=\"dim\">{}</span></td><td><bdi>{}</bdi></td><td><bdi>{}</bdi></td>\
             <td class=\"n {class}\">{}</td></tr>",
            escape(&bar.field),
            escape(&bar.level),
            escape(&bar.left),
            escape(&bar.right),
            signed(bar.bits, 2)
        );
    }
    let sums = [
        ("prior", waterfall.prior_bits()),
        ("total", waterfall.total_bits()),
    ];
    for (what, bits) in sums {
        let bits = signed(bits, 2);
        let _ = write!(
            page,
            "<tr><td colspan=\"3\">{what}</td><td class=\"n\">{bits}</td></tr>"
        );
    }
    page.push_str("</tbody></table></div></div></section>\n");
}

fn weakness(page: &mut String, report: &Report) {
    let _ = write!(page, "<section><h2>The weakest place</h2>");
    let _ = match &report.weakness {
        Weakness::Alone => write!(page, "<p>There is one row: nothing to part.</p>"),
        Weakness::Apart => write!(page, "<p>The rows are apart already.</p>"),
        Weakness::TooLarge { rows, rows_max } => write!(
            page,
            "<p>No single link holds it together. The weakest cut of {rows} rows was not looked for: \
             {rows_max} is the most.</p>"
        ),
        Weakness::Bridge(cut) => {
            page.push_str("<p>One link alone holds two sides together.</p>");
            sides(page, report, cut);
            Ok(())
        }
        Weakness::Cut(cut) => {
            page.push_str("<p>No single link holds it together. The weakest cut:</p>");
            sides(page, report, cut);
            Ok(())
        }
    };
    page.push_str("</section>\n");
}

fn sides(page: &mut String, report: &Report, cut: &Cut) {
    page.push_str("<ul>");
    for link in &cut.links {
        let (left, right) = (name(report, link.left), name(report, link.right));
        let bits = signed(link.bits, 1);
        let _ = write!(page, "<li>{left} and {right}: {bits} bits</li>");
    }
    let (first, second) = (counted(cut.first.len(), "row"), cut.second.len());
    let _ = write!(
        page,
        "</ul><p class=\"dim\">Without: {first} on one side and {second} on the other.</p>"
    );
}

fn counterfactual(page: &mut String, report: &Report) {
    let Some(Counterfactual {
        from,
        to,
        links,
        fields,
    }) = &report.counterfactual
    else {
        return;
    };
    let (from, to) = (name(report, *from), name(report, *to));
    let _ = write!(page, "<section><h2>What would part {from} and {to}</h2>");
    if fields.is_empty() {
        page.push_str(
            "<p>No field, and no two fields: they would stay together without any of them.</p>",
        );
    }
    for set in fields {
        let fields: Vec<String> = set.fields.iter().map(|field| escape(field)).collect();
        let _ = write!(page, "<h3>Without {}</h3><ul>", fields.join(" and "));
        for LostLink {
            left,
            right,
            bits,
            bits_without,
        } in set.lost.iter().take(12)
        {
            let (left, right) = (name(report, *left), name(report, *right));
            let (bits, without) = (signed(*bits, 1), signed(*bits_without, 1));
            let _ = write!(
                page,
                "<li>{left} and {right} fall from {bits} to {without} bits</li>"
            );
        }
        if set.lost.len() > 12 {
            let _ = write!(
                page,
                "<li class=\"dim\">and {} more</li>",
                set.lost.len() - 12
            );
        }
        page.push_str("</ul>");
    }
    if let Some(cut) = links {
        page.push_str("<h3>The fewest links</h3>");
        sides(page, report, cut);
    }
    page.push_str("</section>\n");
}

fn held(page: &mut String, report: &Report) {
    if report.held.is_empty() {
        return;
    }
    page.push_str(
        "<section><h2>Links that were refused</h2><div class=\"scroll\"><table><thead><tr><th>rows</th>\
         <th class=\"n\">bits</th><th>why not</th></tr></thead><tbody>",
    );
    for held in &report.held {
        let _ = write!(
            page,
            "<tr><td>{}<br>{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            name(report, held.pair.left),
            name(report, held.pair.right),
            signed(held.pair.bits, 1),
            escape(&held.reason.to_string())
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn records(page: &mut String, report: &Report) {
    if report.records.is_empty() {
        return;
    }
    let mut columns: Vec<&str> = Vec::new();
    for (field, _) in report.records.iter().flat_map(|record| &record.fields) {
        if !columns.contains(&field.as_str()) {
            columns.push(field);
        }
    }
    page.push_str(
        "<section><h2>The records</h2><div class=\"scroll\"><table><thead><tr><th>row</th>",
    );
    for column in &columns {
        let _ = write!(page, "<th>{}</th>", escape(column));
    }
    page.push_str("</tr></thead><tbody>");
    for record in &report.records {
        let _ = write!(page, "<tr><td>{}</td>", name(report, record.row));
        for column in &columns {
            let value = record.fields.iter().find(|(field, _)| field == column);
            let value = value.map(|(_, value)| escape(value)).unwrap_or_default();
            let _ = write!(page, "<td><bdi>{value}</bdi></td>");
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div></section>\n");
}
