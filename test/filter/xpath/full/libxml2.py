"""Evaluates XPath expressions with libxml2: a JSON list of [document, expression] in, a list of answers out."""
import json
import sys

from lxml import etree


def answer(document, expression):
    try:
        return bool(etree.XPath("boolean(%s)" % expression)(etree.fromstring(document).getroottree()))
    except etree.XPathError:
        return None


json.dump([answer(*case) for case in json.load(sys.stdin)], sys.stdout)
