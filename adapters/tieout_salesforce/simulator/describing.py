"""Describes in the shape of a real org's (fact sheet, section 2.4; recorded describes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout_salesforce.simulator.schema import Child, Field, Layout, Object

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
_UNGROUPED = {"double", "currency", "percent", "datetime", "address"}
_ALWAYS_FALSE = (
    "aiPredictionField",
    "autoNumber",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "formulaTreatNullNumberAsZero",
    "highScaleNumber",
    "htmlFormatted",
    "namePointing",
    "polymorphicForeignKey",
    "restrictedDelete",
    "cascadeDelete",
    "writeRequiresMasterRead",
)
_ALWAYS_NULL = (
    "calculatedFormula",
    "controllerName",
    "defaultValueFormula",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
)


def _choices(field: Field, currencies: tuple[str, ...]) -> list[dict[str, Any]]:
    values = currencies if field.name in {"CurrencyIsoCode", "IsoCode"} else field.values
    return [
        {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value} for value in values
    ]


def describe_field(field: Field, currencies: tuple[str, ...] = ()) -> dict[str, Any]:
    """Describe a field with all the keys that a real org gives."""
    text = field.type not in _SOAP
    named = text and field.name_field and field.extra is None
    boolean_default = field.default if field.type == "boolean" else None
    described: dict[str, Any] = {
        **dict.fromkeys(_ALWAYS_FALSE, False),
        **dict.fromkeys(_ALWAYS_NULL),
        "aggregatable": field.filterable and field.type not in {"boolean", "address"},
        "byteLength": field.length if field.type in {"id", "reference"} else field.length * 3,
        "calculated": field.calculated,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.creatable,
        "custom": field.custom,
        "defaultValue": boolean_default,
        "defaultedOnCreate": field.defaulted,
        "digits": field.digits,
        "externalId": field.external_id,
        "extraTypeInfo": field.extra,
        "filterable": field.filterable,
        "groupable": field.filterable and field.type not in _UNGROUPED,
        "idLookup": field.type in {"id", "email"} or field.external_id or named,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "nillable": field.nillable,
        "permissionable": field.may_be_given,
        "picklistValues": _choices(field, currencies),
        "precision": field.precision,
        "queryByDistance": field.type == "address",
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference" and field.refers_to != ("User",),
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updatable,
    }
    return dict(sorted(described.items()))


def _child(child: Child) -> dict[str, Any]:
    return {
        "cascadeDelete": child.cascade,
        "childSObject": child.object,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.relationship,
        "restrictedDelete": child.restrict,
    }


def _summary(one: Object, version: str) -> dict[str, Any]:
    """Describe an object as the list of all objects does."""
    root = f"/services/data/v{version}/sobjects/{one.name}"
    setup = not one.creatable
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": one.creatable and "create" not in one.barred,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": one.deletable and "delete" not in one.barred,
        "deprecatedAndHidden": False,
        "feedEnabled": not setup,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": one.prefix,
        "label": one.label or one.name,
        "labelPlural": one.plural,
        "layoutable": not setup,
        "mergeable": one.mergeable,
        "mruEnabled": not setup,
        "name": one.name,
        "queryable": True,
        "replicateable": one.replicateable,
        "retrieveable": True,
        "searchable": not setup,
        "triggerable": not setup,
        "undeletable": one.deletable,
        "updateable": one.updatable and "update" not in one.barred,
        "urls": {"describe": f"{root}/describe", "rowTemplate": root + "/{ID}", "sobject": root},
    }


def describe_object(
    one: Object, fields: Mapping[str, Field], version: str, currencies: tuple[str, ...]
) -> dict[str, Any]:
    """Describe an object as one user sees it."""
    master = "012000000000000AAA"
    layout = f"/services/data/v{version}/sobjects/{one.name}/describe/layouts/{master}"
    nulls = ("defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy", "implementsInterfaces")
    described = {
        **_summary(one, version),
        **dict.fromkeys(nulls),
        "actionOverrides": [],
        "childRelationships": [_child(child) for child in one.children],
        "compactLayoutable": one.creatable,
        "fields": [describe_field(field, currencies) for field in fields.values()],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": master,
                "urls": {"layout": layout},
            }
        ],
        "searchLayoutable": one.creatable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {one.plural.lower()}", "name": "everything"}],
    }
    return dict(sorted(described.items()))


def describe_all(layout: Layout, version: str, *, everything: bool = True) -> dict[str, Any]:
    """List all objects; not `everything`: as the integration user may use them."""
    seen = [name for name in sorted(layout.objects) if layout.seen(name, everything=everything)]
    allowed = (layout.allowed(name, everything=everything) for name in seen)
    summaries = [_summary(one, version) for one in allowed]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": summaries}
