#!/usr/bin/env python3
"""Runs the statements of the conformance corpus on real engines and compares the members.

    run.py CASES.jsonl ENGINE...      engines: duckdb, postgres, chdb, spark

CASES.jsonl holds one case a line, as `export_conformance` writes it (see README.md): typed tables, the
statement of each dialect, and who the members are. For each case the tables are made, filled and dropped
again; nothing else of the engine is touched. `postgres` needs `--postgres DSN`, the others nothing.

Prints each difference and, for each engine, how many cases passed, failed and were refused by the
generator. The exit code is 0 only if none failed and, on every engine, at least one passed.
"""

import argparse
import json
import sys
from datetime import datetime, timezone
from decimal import Decimal


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", help="the file of cases")
    parser.add_argument("engines", nargs="+", choices=sorted(ENGINES), metavar="ENGINE")
    parser.add_argument("--postgres", default="", help="how to connect: a DSN of libpq")
    parser.add_argument("--only", default="", help="only cases with this in their name")
    parser.add_argument("--show", type=int, default=5, help="differences to print with their statement")
    options = parser.parse_args()
    with open(options.cases, encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    cases = [case for case in cases if options.only in case["name"]]
    failed = 0
    for name in options.engines:
        failed += run(ENGINES[name](options), cases, options.show)
    sys.exit(1 if failed else 0)


def run(engine, cases, show):
    passed, failed, refused = 0, 0, {}
    for number, case in enumerate(cases):
        if number and number % 100 == 0:
            print(f"{engine.name}: {number} of {len(cases)} cases", flush=True)
        statement = case["sql"].get(engine.dialect)
        if statement is None:
            reason = case["refused"][engine.dialect]
            refused.setdefault(reason.split(": ", 1)[-1], []).append(case["name"])
            continue
        try:
            for table, content in case["tables"].items():
                engine.fill(table, content["columns"], content["rows"])
            found = sorted([str(segment), str(person)] for segment, person in engine.ask(statement))
            problem = difference(case["members"], found)
        except Exception as error:  # whatever an engine says is a failure of the case
            engine.recover()
            problem = f"error: {str(error).strip()[:800]}"
        if problem is None:
            passed += 1
            continue
        failed += 1
        print(f"{engine.name}: {case['name']}: {problem}")
        if failed <= show:
            print(f"  as of {case['as_of']}\n{case['define']}\n{statement}")
    engine.close()
    for reason, names in sorted(refused.items()):
        print(f"{engine.name}: refused {len(names)} ({names[0]}, ...): {reason}")
    count = sum(len(names) for names in refused.values())
    print(f"{engine.name} {engine.version}: {passed} passed, {failed} failed, {count} refused")
    if passed == 0:
        print(f"{engine.name}: nothing was executed and compared")
    # Nothing that passed is no success.
    return failed or int(passed == 0)


def difference(expected, found):
    missing = [row for row in expected if row not in found]
    extra = [row for row in found if row not in expected]
    if len(found) != len({tuple(row) for row in found}):
        return f"rows twice: {found}"
    return f"missing {missing}, too many {extra}" if missing or extra else None


def as_time(text):
    """Microseconds since 1970, exactly."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def plain_time(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def value(kind, cell):
    if cell is None:
        return None
    return {"float": float, "decimal": Decimal, "integer": int, "time": plain_time}.get(kind, lambda x: x)(cell)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class DuckDb:
    name = dialect = "duckdb"
    types = {"text": "VARCHAR", "float": "DOUBLE", "decimal": "DECIMAL(38, 6)", "integer": "BIGINT",
             "truth": "BOOLEAN", "time": "TIMESTAMP"}

    def __init__(self, options):
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect()

    def fill(self, table, columns, rows):
        of = ", ".join(f"{quoted(name)} {self.types[kind]}" for name, kind in columns)
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} ({of})")
        if rows:
            cells = [[value(kind, cell) for (_, kind), cell in zip(columns, row)] for row in rows]
            one = "(" + ", ".join("?" * len(columns)) + ")"
            self.connection.execute(
                f"INSERT INTO {table} VALUES " + ", ".join([one] * len(cells)), sum(cells, []))

    def ask(self, statement):
        return self.connection.execute(statement).fetchall()

    def recover(self):
        pass

    def close(self):
        self.connection.close()


class Postgres:
    name = dialect = "postgres"
    types = {"text": "text", "float": "double precision", "decimal": "numeric", "integer": "bigint",
             "truth": "boolean", "time": "timestamp"}

    def __init__(self, options):
        import psycopg2

        self.connection = psycopg2.connect(options.postgres)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        # Text is ordered by code point by the statement itself, whatever the database does.
        self.cursor.execute("SHOW server_version")
        self.version = self.cursor.fetchone()[0]

    def fill(self, table, columns, rows):
        of = ", ".join(f"{quoted(name)} {self.types[kind]}" for name, kind in columns)
        self.cursor.execute(f"DROP TABLE IF EXISTS {table}; CREATE UNLOGGED TABLE {table} ({of})")
        if rows:
            cells = [[value(kind, cell) for (_, kind), cell in zip(columns, row)] for row in rows]
            one = "(" + ", ".join(["%s"] * len(columns)) + ")"
            self.cursor.execute(
                f"INSERT INTO {table} VALUES " + ", ".join([one] * len(cells)), sum(cells, []))

    def ask(self, statement):
        self.cursor.execute(statement)
        return self.cursor.fetchall()

    def recover(self):
        pass

    def close(self):
        self.connection.close()


class ChDb:
    name, dialect = "chdb", "clickhouse"
    types = {"text": "String", "float": "Float64", "decimal": "Decimal(38, 6)", "integer": "Int64",
             "truth": "Bool", "time": "DateTime64(6, 'UTC')"}

    def __init__(self, options):
        import chdb
        from chdb import session

        self.session = session.Session()
        self.session.query("CREATE DATABASE IF NOT EXISTS conformance ENGINE = Atomic")
        self.session.query("USE conformance")
        core = str(self.session.query("SELECT version()", "TSV")).strip()
        self.version = f"{chdb.__version__} (ClickHouse {core})"

    def fill(self, table, columns, rows):
        of = ", ".join(f"{self.name_of(name)} {self.type_of(name, kind)}" for name, kind in columns)
        self.session.query(f"DROP TABLE IF EXISTS {table}")
        self.session.query(f"CREATE TABLE {table} ({of}) ENGINE = Memory")
        if rows:
            lines = [self.literals(columns, row) for row in rows]
            self.session.query(f"INSERT INTO {table} VALUES " + ", ".join(lines))

    def name_of(self, name):
        return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def type_of(self, name, kind):
        # The columns of an ordinary table that are never null.
        is_plain = name in ("user_id", "ts", "event", "seq", "organisation")
        return self.types[kind] if is_plain else f"Nullable({self.types[kind]})"

    def literals(self, columns, row):
        cells = []
        for (_, kind), cell in zip(columns, row):
            if cell is None:
                cells.append("NULL")
            elif kind == "time":
                cells.append(f"fromUnixTimestamp64Micro(toInt64({as_time(cell)}), 'UTC')")
            elif kind == "decimal":
                cells.append(f"toDecimal128('{cell}', 6)")
            elif kind == "text":
                cells.append("'" + cell.replace("\\", "\\\\").replace("'", "\\'") + "'")
            else:
                cells.append(str(cell))
        return "(" + ", ".join(cells) + ")"

    def ask(self, statement):
        answer = str(self.session.query(statement, "JSONCompactEachRow"))
        return [json.loads(line) for line in answer.splitlines() if line]

    def recover(self):
        pass

    def close(self):
        self.session.close()


class Spark:
    name = dialect = "spark"

    def __init__(self, options):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("conformance")
        settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1",
                    "spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "Europe/Berlin",
                    "spark.sql.adaptive.enabled": "false", "spark.ui.showConsoleProgress": "false",
                    # Small tables: compiling takes longer than running.
                    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.driver.memory": "2g",
                    "spark.log.level": "ERROR"}
        for key, setting in settings.items():
            builder = builder.config(key, setting)
        self.spark = builder.getOrCreate()
        self.version = self.spark.version

    def fill(self, table, columns, rows):
        names = ["`" + name.replace("`", "``") + "`" for name, _ in columns]
        types = {"text": "STRING", "float": "DOUBLE", "integer": "BIGINT", "decimal": "DECIMAL(38, 6)",
                 "truth": "BOOLEAN", "time": "TIMESTAMP"}
        cast = ", ".join(f"CAST(c{at} AS {types[kind]}) AS {name}"
                         for at, (name, (_, kind)) in enumerate(zip(names, columns)))
        lines = [self.literals(columns, row) for row in rows] or [", ".join(["NULL"] * len(columns))]
        of = ", ".join(f"c{at}" for at in range(len(columns)))
        only = "" if rows else " WHERE FALSE"
        self.spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {table} AS SELECT {cast} FROM VALUES "
                       + ", ".join(f"({line})" for line in lines) + f" AS v({of}){only}")

    def literals(self, columns, row):
        cells = []
        for (_, kind), cell in zip(columns, row):
            if cell is None:
                cells.append("NULL")
            elif kind == "time":
                cells.append(f"TIMESTAMP_MICROS({as_time(cell)})")
            elif kind == "text":
                escaped = cell.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024")
                cells.append(f"'{escaped}'")
            elif kind == "float":
                cells.append(f"{cell}D")
            else:
                cells.append(str(cell))
        return ", ".join(cells)

    def ask(self, statement):
        return [tuple(row) for row in self.spark.sql(statement).collect()]

    def recover(self):
        pass

    def close(self):
        self.spark.stop()


ENGINES = {"duckdb": DuckDb, "postgres": Postgres, "chdb": ChDb, "spark": Spark}

if __name__ == "__main__":
    main()
