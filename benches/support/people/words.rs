//! The words that made-up people are made of. Lists are in order: what comes first is frequent.

/// First names, each with the short forms that are used for it, after slashes.
const FIRST: &str = "thomas/tom/tommy maria/mia anna/annie/anja michael/mike/mick peter/pete katharina/kathi/kate \
    andreas/andy susanne/susi/sanne stefan/steff christine/chris/tina martin eva/evi alexander/alex/sascha \
    elisabeth/lisa/betty/liz johannes/hannes/joe barbara/babsi/barb daniel/dan/danny julia/jule markus/mark \
    magdalena/lena/magda florian/flo veronica/vera/ronnie nicholas/nick/nico caroline/caro/carrie \
    sebastian/basti/seb dorothea/dora/thea benedict/ben/benny josephine/josie/jo maximilian/max \
    theodora/theo/dora gregory/greg rosalind/rose/lindy leopold/leo/poldi henrietta/hetty/etta \
    frederick/fred/freddy wilhelmina/minna/mina archibald/archie cordelia/delia/cora bartholomew/bart \
    annabel/bella/anne cornelius/cor/neil penelope/penny/nell valentin/val gwendolyn/gwen/wendy \
    augustin/gus rafaela/rafa/ella dominic/dom ottilie/tilly/otti ferdinand/ferdi/nando clementine/clem/tina \
    constantin/costa isidora/isa/dora emanuel/manu/manny philippine/pina/pip vladimir/vlad/vova \
    ekaterina/katya/kate mikhail/misha anastasia/nastya/stacy dmitry/dima svetlana/sveta/lana \
    yaroslav/slava ludmila/luda/mila bogdan/danya jadwiga/jadzia zbigniew/zbyszek malgorzata/gosia/margo \
    kazimierz/kazik agnieszka/aga wojciech/wojtek bozena/bo frantisek/franta jaroslava/jarka/slavka vaclav/vasek \
    kvetoslava/kveta miroslav/mirek zdenka/zdena guillaume/gui/guy marguerite/margot/rita benoit/ben \
    genevieve/gen/viv rodolphe/rudy sandrine/sandy francesco/franco/cesco giuseppina/pina/beppa \
    alessandro/sandro/ale concetta/tina/etta salvatore/toto/sal francisca/paca/fran eduardo/edu/lalo \
    guadalupe/lupe ignacio/nacho mercedes/merche rosario/charo enrique/quique consuelo/chelo \
    abdullah/abdul khadija/dija ibrahim/ibo/brahim zeynep/zey suleiman/suli yasmina/mina/yas tariq noor \
    rajesh/raj lakshmi/laki vikram/vik padmini/padma arjun deepika/deepa hiroko/hiro kenichi/ken sakura/saki \
    takeshi/take xiuying/xiu jianhua/hua meiling/mei adebayo/bayo folasade/sade chukwuemeka/emeka oluwaseun/seun \
    thandiwe/thandi sipho wairimu/shiru kofi akosua/akos hjalmar ragnhild/ragna torbjorn/tor solveig/sol";

/// Last names that are common; many more are made of the two lists below.
const LAST: &str = "novotny bauer lindqvist marchetti delgado whitfield eriksen dvorak haddad nakamura okonkwo petersen \
    romero fairbanks kuznetsov yilmaz moretti vandenberg szabo fontaine gallagher ibrahimovic chaudhary menon \
    almeida krawczyk sorensen baptiste winterbourne castellano mbeki rahimi takahashi ferreira lundgren \
    popescu georgiou horvat demir quintero hargreaves ozturk benali tkachenko virtanen jankowski sandoval mueller \
    o'malley o'sullivan mccarthy mackenzie d'angelo st-pierre de-vries van-dijk abu-bakr ben-david";
const LAST_START: &str = "alder amber barn berg birch bram brand bright cald clay cope crane dray eber egg eich falk \
    finster frey gelder glen grau hagen hawk heide hinter holm ingel jung kalten kirch krone lauter lehn \
    linden loh mayr mohn neu nieder ober pell quint raven reit ried roth rye sax schon seel somer sprig stein \
    strand tann thal ulm vogel wald weid wester wild wolf ziegel zell";
const LAST_END: &str = "acker ald auer bach baum beck blum born bruck burg dahl dorf eck ern feld fels fink fried \
    garten grund halter hardt haus heim hof horst huber kamp lein ling loch maier mann mark mere muth ner \
    nitz ow quist rain rich rode sack scheid see stad stein stetter stock tal tner wald wart wein weiler zahn";

const STREETS: &str = "linden garten bahnhof rosen mozart schiller goethe wiesen berg tal kirch schul muhl post ring \
    ufer insel park sonnen kastanien ahorn buchen erlen fichten ulmen lerchen amsel drossel finken falken \
    brunnen burg schloss markt korn weber schmied topfer gerber fischer jager forst heide moor see kanal \
    hafen brucken stein kreuz angel nord sud ost west alte neue obere untere lange breite";
const STREET_KINDS: [(&str, &str); 8] = [
    ("street", "str"),
    ("road", "rd"),
    ("avenue", "av"),
    ("square", "sq"),
    ("terrace", "ter"),
    ("gardens", "gdns"),
    ("row", "row"),
    ("parade", "pde"),
];
const CITY_START: &str = "ham bre lue col mun stut leip dres han nur dort bon kass reg pass wur ulm jen hal mag \
    ros schwe pots erf wei got";
const CITY_END: &str =
    "burg men beck ogne chen gart zig den over berg mund stadt furt ingen au hausen feld brunn";

/// Domains of mail and how frequent they are of a thousand.
pub(super) const DOMAINS: [(&str, u64); 7] = [
    ("post.example", 420),
    ("mailbox.example", 180),
    ("inbox.example.com", 140),
    ("letters.example.net", 120),
    ("web.example.org", 80),
    ("kabel.example", 40),
    ("verein.example.org", 20),
];

/// Where a record may come from.
pub(super) const SOURCES: [&str; 5] = ["newsletter", "till", "webshop", "hotline", "fair"];

/// Letters that are next to each other on a keyboard, row by row.
pub(super) const KEYBOARD: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Letters that sound alike.
pub(super) const ALIKE: [(&str, &str); 12] = [
    ("ck", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("ei", "ai"),
    ("ie", "i"),
    ("dt", "t"),
    ("ss", "s"),
    ("nn", "n"),
    ("mm", "m"),
    ("v", "w"),
    ("z", "s"),
    ("y", "i"),
];

/// The words in lists.
#[derive(Debug)]
pub(super) struct Words {
    /// A first name and its short forms.
    pub(super) first: Vec<Vec<&'static str>>,
    pub(super) last: Vec<String>,
    /// A street's name, the kind and its abbreviation.
    pub(super) streets: Vec<&'static str>,
    pub(super) street_kinds: &'static [(&'static str, &'static str)],
    pub(super) cities: Vec<String>,
}

impl Words {
    pub(super) fn new() -> Self {
        let first = FIRST.split_whitespace();
        let mut last: Vec<String> = LAST.split_whitespace().map(str::to_owned).collect();
        last.extend(composed(LAST_START, LAST_END));
        Self {
            first: first.map(|forms| forms.split('/').collect()).collect(),
            last,
            streets: STREETS.split_whitespace().collect(),
            street_kinds: &STREET_KINDS,
            cities: composed(CITY_START, CITY_END).collect(),
        }
    }
}

fn composed(starts: &'static str, ends: &'static str) -> impl Iterator<Item = String> {
    starts.split_whitespace().flat_map(move |start| {
        ends.split_whitespace()
            .map(move |end| format!("{start}{end}"))
    })
}
