"""The mappings of a project: from packs and folders, with what `change:` lays over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

from tieout.language.copies import copies, copy_name, family_of, names_to_call
from tieout.language.loading import Loaded, load_bytes, load_file
from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, merge
from tieout.problems import Lines, Position, Problem
from tieout.toolkit import nearest

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class MappingSource:
    """One mapping as written, with the project's changes in it; of a mapping over several connections one copy."""

    name: str
    file: str
    """As positions name it: below the project, or PACK/FILE."""
    root: MapNode
    pack: str | None = None
    connection: str = ""
    """Of a copy: the connection that it is over."""
    side: str = ""
    """Of a copy: the side that has the list of connections."""

    @property
    def family(self) -> str:
        """Give the name that the copies of one mapping share; of any other mapping its own."""
        return family_of(self.name)


def find_mappings(
    root: MapNode, folder: Path, packs: Mapping[str, Traversable], found: list[Problem]
) -> list[MappingSource]:
    """Read all mappings that a project uses, in their order, each copy by itself."""
    sources: dict[str, MappingSource] = {}
    families: dict[str, str] = {}
    for use in root.tables("mappings"):
        node = use.get("use")
        if not isinstance(node, ScalarNode):
            continue
        taken = _named(_load(str(node.value), node.at, folder, packs, found), str(node.value), packs, found)
        for source in _changed(taken, use.table("change"), found):
            other = families.setdefault(source.family, source.file)
            if other != source.file or source.name in sources:
                at = _name_at(source)
                mend = "give one of them another name, or change it with `change:`"
                found.append(Problem("duplicate-mapping", f"{source.family} is in {other}, too", at, mend))
                continue
            sources[source.name] = source
    return list(sources.values())


def copies_of(source: MappingSource, found: list[Problem]) -> list[MappingSource]:
    """Give the copies of a mapping over several connections; any other mapping is its own only one."""
    return [
        replace(
            source,
            name=copy_name(source.name, one.connection),
            root=one.root,
            connection=one.connection,
            side=one.side,
        )
        for one in copies(source.root, found)
    ] or [source]


def _name_at(source: MappingSource) -> Position:
    node = source.root.get("mapping")
    return node.at if node else source.root.at


def _load(
    used: str, at: Position, folder: Path, packs: Mapping[str, Traversable], found: list[Problem]
) -> list[Loaded]:
    if used in packs:
        files = sorted((one for one in packs[used].iterdir() if _is_mapping(one)), key=lambda one: one.name)
        loaded = [load_bytes(one.read_bytes(), f"{used}/{one.name}") for one in files]
    else:
        path = folder / used
        if path.is_file():
            loaded = [load_file(path, used)]
        elif path.is_dir():
            files_here = sorted(one for one in path.iterdir() if _is_mapping(one) or _leads_nowhere(one))
            loaded = [load_file(one, f"{used.rstrip('/')}/{one.name}") for one in files_here]
        else:
            near = tuple(nearest(used, packs))
            mend = f"packs: {', '.join(sorted(packs)) or 'none'}; a folder is named from {folder} on"
            found.append(Problem("unknown-pack", f"there is no pack and no folder {used!r}", at, mend, near))
            return []
    if not loaded:
        found.append(Problem("no-mappings", f"{used} holds no mapping", at, "put a .yaml file there, or leave it out"))
    for one in loaded:
        found.extend(one.problems)
    return loaded


def _leads_nowhere(entry: Path) -> bool:
    """Say of a link whether its mapping is gone: that is told, for what it linked would rest without a word."""
    return entry.name.endswith(ENDINGS) and entry.is_symlink() and not entry.exists()


def _is_mapping(entry: Traversable) -> bool:
    return (
        entry.is_file()
        and entry.name.endswith(ENDINGS)
        and not entry.name.startswith(".")
        and entry.name != "tieout.yaml"
    )


def _named(
    loaded: list[Loaded], used: str, packs: Mapping[str, Traversable], found: list[Problem]
) -> Iterator[MappingSource]:
    for one in loaded:
        if one.root is None:
            continue
        name = one.root.text("mapping")
        if name:
            yield MappingSource(name, one.file, one.root, used if used in packs else None)
        else:
            at = one.root.entries["mapping"].at if "mapping" in one.root.entries else one.root.at
            mend = f"begin it with mapping: {Path(one.file).stem.replace('-', '_')}"
            found.append(Problem("missing-key", f"{one.file} does not say its name", at, mend))


def _changed(taken: Iterator[MappingSource], changes: MapNode, found: list[Problem]) -> list[MappingSource]:
    """Lay changes over mappings: first those of whole mappings, then those of single copies."""
    whole = [_change(source, changes.get(source.name)) for source in taken]
    sources = [one for source in whole for one in copies_of(source, found)]
    names = names_to_call(source.name for source in sources)
    for name in changes.entries:
        if name not in names:
            near = tuple(nearest(name, names))
            mend = "" if near else f"there are: {', '.join(names)}"
            message = f"there is no mapping {name} in what is used here"
            found.append(Problem("unknown-mapping", message, changes.key_at(name), mend, near))
    return [_changed_copy(one, changes.get(one.name), found) if one.connection else one for one in sources]


def _changed_copy(source: MappingSource, change: Node | None, found: list[Problem]) -> MappingSource:
    """Change one copy; which connection it is over is its name."""
    if not isinstance(change, MapNode):
        return source
    between = change.table("between")
    for end in (between.table(side) for side in between.entries):
        if "connection" in end.entries:
            message = f"{source.name} is the copy over {source.connection}, so its connection can't be another one"
            mend = f"leave it out, or change the list of {source.family}"
            found.append(Problem("copy-connection", message, end.key_at("connection"), mend))
            return source
    return _change(source, change)


def _change(source: MappingSource, change: Node | None) -> MappingSource:
    if not isinstance(change, MapNode):
        return source
    rest = merge(source.root, change.without("fields", "mapping"))
    if not isinstance(rest, MapNode):
        return source
    new = change.get("fields")
    if isinstance(new, ListNode):
        old = source.root.get("fields")
        items = old.items if isinstance(old, ListNode) else ()
        fields = ListNode(_fields(items, new.items, set(rest.table("between").entries)), old.at if old else new.at)
        rest = MapNode({**rest.entries, "fields": fields}, rest.at, rest.keys)
    return replace(source, root=rest)


def _fields(old: tuple[Node, ...], new: tuple[Node, ...], sides: set[str]) -> tuple[Node, ...]:
    """Replace rules that write the same target; append the others."""
    rules = list(old)
    for rule in new:
        targets = _targets(rule, sides)
        hit = [number for number, one in enumerate(rules) if targets & _targets(one, sides)]
        if hit:
            rules[hit[0]] = rule
            rules = [one for number, one in enumerate(rules) if number not in hit[1:]]
        else:
            rules.append(rule)
    return tuple(rules)


def _targets(rule: Node, sides: set[str]) -> set[tuple[str, str]]:
    if not isinstance(rule, MapNode):
        return set()
    return {(side, rule.text(side)) for side in sides if rule.text(side)}


def lines_of(folder: Path, packs: Mapping[str, Traversable]) -> Lines:
    """Give what `problems.render` needs: the lines of a project's files and of its packs' files."""

    def lines(shown: str) -> tuple[str, ...]:
        path = folder / shown
        if path.is_file():
            return load_file(path, shown).lines
        pack, _, name = shown.partition("/")
        if pack in packs and name and (packs[pack] / name).is_file():
            return load_bytes((packs[pack] / name).read_bytes(), shown).lines
        return ()

    return lines
