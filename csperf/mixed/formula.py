"""Reading lme4's formulas: `score ~ 1 + x + (1 | evaluator_id) + (1 + t || employee_id)`.

A term is the set of columns that are multiplied in it; the empty term is the intercept. What R's
formula language means by `+`, `:`, `*` and `/` is an operation on lists of such terms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from csperf.errors import InputError, Problem, shown

Term = tuple[str, ...]
INTERCEPT: Term = ()
TOKEN = re.compile(
    r"\s*(?:(?P<name>`[^`]+`|[^\W\d]\w*)|(?P<number>\d+)|(?P<sign>\|\||[-~+:*/|()]))"
)
TAKEN = "it takes y ~ 1 + x + a:b + a*b + (1 | g) + (1 + x | g) + (x || g) + (1 | a/b)"


@dataclass(frozen=True)
class RandomTerm:
    """`(terms | group)`: their effects vary by level of the group and may be correlated."""

    group: Term
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Formula:
    """What is explained, by which fixed terms, and which random ones."""

    text: str
    response: str
    fixed: tuple[Term, ...]
    random: tuple[RandomTerm, ...]

    @property
    def columns(self) -> list[str]:
        """Every column that the formula names, once."""
        terms = [*self.fixed]
        for random in self.random:
            terms += [random.group, *random.terms]
        return list(dict.fromkeys([self.response, *(name for term in terms for name in term)]))


def read_formula(text: str) -> Formula:
    """What a formula says.

    Raises
    ------
    InputError
        The formula cannot be read; the message names the place.
    """
    return _Reader(text).formula()


def term_name(term: Term) -> str:
    """`a:b`, or `(Intercept)` as R prints the term without a column."""
    return ":".join(term) or "(Intercept)"


def multiplied(left: list[Term], right: list[Term]) -> list[Term]:
    """Every term of the one with every term of the other."""
    return _distinct([tuple(dict.fromkeys([*a, *b])) for a in left for b in right])


def _distinct(terms: list[Term]) -> list[Term]:
    """Each term once; `a:b` and `b:a` are the same."""
    return list({frozenset(term): term for term in terms}.values())


def _by_order(terms: list[Term]) -> tuple[Term, ...]:
    """R's order: the intercept, then single columns, then products of two, ..."""
    return tuple(sorted(_distinct(terms), key=len))


class _Reader:
    """Recursive descent over the tokens, with R's precedence: `:`, then `*` and `/`, then `+`."""

    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.tokens = self._tokens(text)
        self.random: list[RandomTerm] = []

    def refuse(self, why: str, place: int | None = None) -> InputError:
        where = "" if place is None else f" at position {place + 1}"
        return InputError(Problem("fit_mixed", f"formula {shown(self.text)}: {why}{where}", TAKEN))

    def _tokens(self, text: str) -> list[tuple[str, str, int]]:
        found, place = [], 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if not match:
                raise self.refuse(f"cannot read {shown(text[place:].strip())}", place)
            kind = str(match.lastgroup)
            found.append((kind, match[kind].strip("`"), match.start(kind)))
            place = match.end()
        return [*found, ("end", "the end", len(text))]

    def _sees(self, *signs: str) -> bool:
        kind, value, _ = self.tokens[self.at]
        return kind == "sign" and value in signs

    def _take(self, *signs: str) -> str:
        kind, value, place = self.tokens[self.at]
        if signs and not self._sees(*signs):
            expected = " or ".join(f"'{sign}'" for sign in signs)
            raise self.refuse(f"expected {expected} but found {shown(value)}", place)
        self.at += kind != "end"
        return value

    def formula(self) -> Formula:
        kind, response, place = self.tokens[self.at]
        if kind != "name":
            raise self.refuse("it starts with the column to explain, then '~'", place)
        self._take()
        self._take("~")
        fixed = self._sum(outermost=True)
        kind, value, place = self.tokens[self.at]
        if kind != "end":
            raise self.refuse(f"did not expect {shown(value)}", place)
        return Formula(self.text, response, _by_order(fixed), tuple(self.random))

    def _sum(self, outermost: bool = False) -> list[Term]:
        """Terms added; there is an intercept unless 0 or -1 takes it away."""
        terms, intercept, sign = [], True, "+"
        if self._sees("-", "+"):
            sign = self._take()
        while True:
            kind, value, place = self.tokens[self.at]
            if kind == "number":
                if value not in ("0", "1"):
                    raise self.refuse(f"{value} is not a term, only 0 and 1 are", place)
                intercept = (value == "1") == (sign == "+")
                self._take()
            elif sign == "-":
                raise self.refuse("only 1 can be taken away", place)
            elif outermost and self._is_random():
                self._random_term()
            else:
                terms += self._product()
            if not self._sees("+", "-"):
                return [INTERCEPT, *terms] if intercept else terms
            sign = self._take()

    def _is_random(self) -> bool:
        """Whether the bracket that opens here holds a bar."""
        depth = 0
        for kind, value, _ in self.tokens[self.at :] if self._sees("(") else []:
            if kind == "sign":
                depth += (value == "(") - (value == ")")
                if value in ("|", "||") and depth == 1:
                    return True
            if depth == 0:
                return False
        return False

    def _random_term(self) -> None:
        place = self.tokens[self.at][2]
        self._take("(")
        terms = _by_order(self._sum())
        bar = self._take("|", "||")
        groups = self._product()
        self._take(")")
        if not terms:
            raise self.refuse("nothing varies in the random term", place)
        for group in groups:
            if bar == "||":
                self.random += [RandomTerm(group, (term,)) for term in terms]
            else:
                self.random.append(RandomTerm(group, terms))

    def _product(self) -> list[Term]:
        terms = self._interaction()
        while self._sees("*", "/"):
            if self._take() == "*":
                right = self._interaction()
                terms = _distinct([*terms, *right, *multiplied(terms, right)])
            else:
                within = tuple(dict.fromkeys(name for term in terms for name in term))
                terms = _distinct([*terms, *multiplied([within], self._interaction())])
        return terms

    def _interaction(self) -> list[Term]:
        terms = self._single()
        while self._sees(":"):
            self._take()
            terms = multiplied(terms, self._single())
        return terms

    def _single(self) -> list[Term]:
        kind, value, place = self.tokens[self.at]
        if self._sees("("):
            self._take()
            terms = [term for term in self._sum() if term]
            self._take(")")
            return terms
        if kind != "name":
            raise self.refuse(f"expected a column but found {shown(value)}", place)
        self._take()
        if self._sees("("):
            raise self.refuse(f"{value}(...) is a function; make a column of it first", place)
        return [(value,)]
