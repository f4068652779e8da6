"""Lists the tests that ctest skipped, each with the last line that it printed: its reason.
Usage: skipped.py RESULT.xml (from ctest --output-junit)"""

import sys
import xml.etree.ElementTree

for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"):
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        words = (case.findtext("system-out") or "").strip().splitlines() or ["gave no reason"]
        print(f"skipped: {case.get('name')}: {words[-1]}")
