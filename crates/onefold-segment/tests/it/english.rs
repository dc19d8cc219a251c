//! Every operator as a sentence.

use expect_test::{Expect, expect};
use onefold_segment::{Library, render};

fn check(text: &str, expected: Expect) {
    let library = Library::parse(text)
        .unwrap_or_else(|error| panic!("{}", render(text, error.diagnostics())));
    expected.assert_eq(&library.english().join("\n"));
}

#[test]
fn traits_and_logic() {
    check(
        "segment a v2 for newsletter zone \"Europe/Berlin\" among b = plan = \"pro\" and age >= 18 and country in [\"DE\", \"AT\"] and score between 1 and 5
         segment b = (email contains \"@\" or phone starts with \"+49\") and not email ends with \".de\" and vat is set and not in c
         segment c zone of person by tz else \"UTC\" = company is unset or plan != \"pro\" or born < 2000-01-01 or not (vip = true and in d)
         segment d = spend > 2 * (goal + 1) - -goal / 3 or spend >= trait goal or spend * 2 <= 5
         trait spend = sum(price * quantity of purchase where price > 0 in last 30 d)
         trait seats of organisation = count over members with role \"admin\" (spend)",
        expect![[r#"
            a: people in “b” whose “plan” is “pro”, and whose “age” is at least 18, and whose “country” is one of “DE” or “AT”, and whose “score” is from 1 to 5, both included (version 2; used for “newsletter”; days by the clock of Europe/Berlin).
            b: people (whose “email” contains “@”, or whose “phone” starts with “+49”), and to whom this does not apply: [whose “email” ends with “.de”], and whose “vat” is known, and who are not in “c”.
            c: people whose “company” is not known, or whose “plan” is known and not “pro”, or whose “born” is less than 2000-01-01, or to whom this does not apply: [whose “vip” is true, and who are in “d”] (days by each person's own clock, which “tz” names, else that of UTC).
            d: people for whom “spend” is more than (2 times (“goal” plus 1)) minus ((minus “goal”) divided by 3), or for whom “spend” is at least “goal”, or for whom “spend” times 2 is at most 5.
            spend: for each person, the sum of “price” times “quantity” over “purchase” (with “price” that is more than 0) in the last 30 days.
            seats: for each organisation, the number of members with the role “admin” who have “spend”."#]],
    );
}

#[test]
fn what_happened() {
    check(
        "segment a = did purchase in last 30 d at least 3 times and did not login in last 1 d
         segment b = did a | b today or did any event yesterday or did x in this month at most 1 times or did x in last week exactly 2 times
         segment c = did x in last 3 whole months at least 2 distinct days or did x since 2026-01-01 at least 2 distinct category
         segment d = did x between 2026-01-01 and 2026-02-01 or did x from 60 d ago to 30 d ago or did x for the 3rd time in last 7 d or did not x for the 1st time
         segment e = did x where (price > 5 or price < property old) and not kind is set
         segment f = recency(x) > 90 d or lapsed x for 30 d or stopped x for 30 d after at least 3 times in 60 d or restarted x after 90 d in last 7 d",
        expect![[r#"
            a: people who did “purchase” at least 3 times in the last 30 days, and did not do “login” in the last day.
            b: people who did “a” or “b” today, or did anything yesterday, or did “x” at most 1 time in this calendar month so far, or did “x” exactly 2 times in the calendar week before this one.
            c: people who did “x” on at least 2 different days in the 3 calendar months before this one, or did “x” with at least 2 different “category” since 2026-01-01.
            d: people who did “x” from 2026-01-01 until before 2026-02-01, or did “x” between 60 days ago and 30 days ago, or did “x” for the third time in the last 7 days, or to whom this does not apply: [who did “x” for the first time].
            e: people who did “x” (with (“price” that is more than 5 or “price” that is less than “old”) and not [“kind” that is known]).
            f: people whose latest “x” was more than 90 days ago, or who did “x” before, and not in the last 30 days, or stopped: they did “x” at least 3 times in 60 days, and not in the 30 days after that, up to now, or took up “x” again in the last 7 days after more than 90 days without."#]],
    );
}

#[test]
fn calculated_from_what_happened() {
    check(
        "segment a = count(x) > 3 and count(price of x) = 1 and avg(price of x) > 1 and min(price of x) is set and max(price of x) < 9
         segment b = first(c of x) = \"a\" and last(c of x) = \"b\" and mode(c of x) = \"c\" and distinct(c of x in last 7 d) >= 2 and p50(price of x) > 1 and p90(price of x) > 2
         segment c = sum(a of x) / count(x) >= 5 and sum(a of x) > sum(b of y)",
        expect![[r#"
            a: people for whom the number of “x” is more than 3, and for whom the number of “x” that have “price” is 1, and for whom the average of “price” over “x” is more than 1, and for whom the least “price” over “x” is known, and for whom the greatest “price” over “x” is less than 9.
            b: people for whom the first “c” over “x” is “a”, and for whom the latest “c” over “x” is “b”, and for whom the most frequent “c” over “x” is “c”, and for whom the number of different “c” over “x” in the last 7 days is at least 2, and for whom the median of “price” over “x” is more than 1, and for whom percentile 90 of “price” over “x” is more than 2.
            c: people for whom (the sum of “a” over “x”) divided by (the number of “x”) is at least 5, and for whom the sum of “a” over “x” is more than the sum of “b” over “y”."#]],
    );
}

#[test]
fn sequences_ranks_and_groups() {
    check(
        "segment a = sequence view as v then add_to_cart where id = v.id then directly within 1 d purchase then no refund within 7 d all within 14 d in last 30 d
         segment b = sequence a then without (c where x = 1) b
         segment c = top 10 % by sum(total of x) or top 100 by spend or bottom 5 % by spend or bottom 3 by spend or percentile 25 to 75 by spend
         segment d = sample 10 % salt \"a\" or sample 10 % to 20 % salt \"a\"
         segment e of organisation = any member (did x) and all members (did x) and at least 3 members with role \"admin\" (did x) and at least 50 % members (did x) and sum over members (spend) > 5
         segment f = exactly 1 organisations with role \"boss\" (in e) and consent news is granted and consent news by email is denied and consent news is unknown
         trait spend = sum(total of x)",
        expect![[r#"
            a: people who did “view” (called “v”), then “add_to_cart” (with “id” that is the same as “id” of “v”), then as the very next thing “purchase” within 1 day, and then no “refund” in the next 7 days, all within 14 days, with all of these steps in the last 30 days.
            b: people who did “a”, then “b” without “c” (with “x” that is 1) in between.
            c: people who are in the top 10 % by the sum of “total” over “x”, or are among the 100 highest by “spend”, or are in the bottom 5 % by “spend”, or are among the 3 lowest by “spend”, or are between the percentiles 25 and 75 by “spend”.
            d: people who fall into the fixed random 10 % of the draw “a”, or fall between 10 % and 20 % of the fixed random draw “a”.
            e: organisations who have at least one member [who did “x”], and have only members [who did “x”], and have at least 3 members with the role “admin” [who did “x”], and at least 50 % of whose members are such [who did “x”], and for whom the sum of [“spend”] over its members is more than 5.
            f: people who have exactly 1 organisation in which they have the role “boss” [who are in “e”], and agreed to “news”, and refused “news” by “email”, and said nothing valid about “news”.
            spend: for each person, the sum of “total” over “x”."#]],
    );
}

#[test]
fn what_is_negated_twice_keeps_its_brackets() {
    check(
        "segment a = not not (a = 1 or b = 2) and c = 3
         segment b = not not not (a = 1 or b = 2) or not not c = 3
         segment c = did x where not not (a = 1 or b = 2) and c = 3",
        expect![[r#"
            a: people (whose “a” is 1, or whose “b” is 2), and whose “c” is 3.
            b: people to whom this does not apply: [whose “a” is 1, or whose “b” is 2], or whose “c” is 3.
            c: people who did “x” (with not [not [“a” that is 1 or “b” that is 2]] and “c” that is 3)."#]],
    );
}
