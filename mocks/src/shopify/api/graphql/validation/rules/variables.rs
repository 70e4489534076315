//! Variables: their types, their defaults, that they are used and declared, and that they fit where they are used.

use super::literals;
use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::{InputDef, TypeRef};
use crate::shopify::api::graphql::syntax::ast::{Operation, Type, VariableDefinition};
use crate::shopify::api::graphql::validation::context::{Checked, Context, repeated};
use crate::shopify::api::graphql::validation::error::PathStep;
use crate::shopify::api::graphql::{Map, Set};

/// Where a variable stands in an argument.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Position<'c, 't> {
    pub(crate) argument: &'t str,
    pub(crate) argument_at: Location,
    pub(crate) definition: &'c InputDef,
    /// How many lists are written around it.
    pub(crate) lists: usize,
}

/// One use of a variable.
#[derive(Debug)]
struct Use<'c, 't> {
    at: Location,
    path: Vec<PathStep<'t>>,
    position: Option<Position<'c, 't>>,
}

/// The variables of one operation or fragment.
#[derive(Debug, Default)]
pub(crate) struct Scope<'c, 't> {
    /// None in a fragment.
    operation: Option<&'c Operation<'t>>,
    /// The fragment's, or the operation's.
    name: Option<&'t str>,
    declared: Map<&'t str, &'c VariableDefinition<'t>>,
    uses: Map<&'t str, Vec<Use<'c, 't>>>,
    /// Fragments that are spread in it.
    pub(crate) spreads: Vec<&'t str>,
}

impl<'c, 't> Scope<'c, 't> {
    /// The scope of an operation.
    pub(crate) fn of_operation(operation: &'c Operation<'t>) -> Scope<'c, 't> {
        let declared = operation.variables.iter();
        Scope {
            operation: Some(operation),
            name: operation.name,
            declared: declared.map(|it| (it.name, it)).collect(),
            ..Scope::default()
        }
    }

    /// Whether a variable is declared without an exclamation mark.
    pub(crate) fn may_be_null(&self, variable: &str) -> bool {
        let declared = self.declared.get(variable);
        declared.is_some_and(|it| !matches!(it.ty, Type::NonNull(_)))
    }

    /// The scope of a fragment.
    pub(crate) fn of_fragment(name: &'t str) -> Scope<'c, 't> {
        Scope {
            name: Some(name),
            ..Scope::default()
        }
    }

    /// Its name in messages.
    fn shown(&self) -> String {
        match (self.name, self.operation) {
            (Some(name), _) => name.to_owned(),
            (None, Some(operation)) => format!("anonymous {}", operation.kind.keyword()),
            (None, None) => String::new(),
        }
    }
}

/// `VariableNamesAreUnique`.
pub(crate) fn names<'t>(context: &mut Context<'_, 't>, operation: &Operation<'t>) -> Checked {
    context.steps.take(operation.variables.len())?;
    for (name, places) in repeated(operation.variables.iter().map(|it| (it.name, it.at))) {
        context.error(
            format!("There can only be one variable named \"{name}\""),
            places,
            vec![
                ("code", "variableNotUnique".into()),
                ("variableName", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// `VariablesAreInputTypes`, `VariableDefaultValuesAreCorrectlyTyped`.
pub(crate) fn definition<'t>(
    context: &mut Context<'_, 't>,
    variable: &VariableDefinition<'t>,
) -> Checked {
    context.steps.take(1)?;
    let schema = context.schema;
    let (name, ty) = (variable.name, variable.ty.name());
    let problem = match schema.named(ty) {
        None => Some("defined"),
        Some(found) if !found.kind.is_input() => Some("valid"),
        Some(_) => None,
    };
    if let Some(problem) = problem {
        return context.error(
            format!("{ty} isn't a {problem} input type (on ${name})"),
            vec![variable.at],
            vec![
                ("code", "variableRequiresValidType".into()),
                ("typeName", ty.to_owned()),
                ("variableName", name.to_owned()),
            ],
        );
    }
    let (Some(default), Some(ty)) = (&variable.default, schema.resolve(&variable.ty)) else {
        return Ok(());
    };
    let Some(found) = literals::mismatch(schema, default, &ty, context.steps)? else {
        return Ok(());
    };
    let ty = schema.text(&ty);
    context.error(
        found
            .explanation
            .unwrap_or_else(|| format!("Default value for ${name} doesn't match type {ty}")),
        vec![variable.at],
        vec![
            ("code", "defaultValueInvalidType".into()),
            ("variableName", name.to_owned()),
            ("typeName", ty),
        ],
    )
}

/// Notes a use; in an operation its position is judged at once, in a fragment when the operations are known.
pub(crate) fn used<'c, 't>(
    context: &mut Context<'c, 't>,
    name: &'t str,
    at: Location,
    position: Option<Position<'c, 't>>,
) -> Checked {
    context.steps.take(1)?;
    let path = context.path.clone();
    let Some(scope) = context.scopes.last_mut() else {
        return Ok(());
    };
    let declared = scope.declared.get(name).copied();
    let one = Use { at, path, position };
    scope.uses.entry(name).or_default().push(one);
    match (declared, position) {
        (Some(declared), Some(position)) => {
            let path = context.path.clone();
            fits(context, declared, &position, path)
        }
        _ => Ok(()),
    }
}

/// `VariableUsagesAreAllowed`, of one use.
fn fits<'t>(
    context: &mut Context<'_, 't>,
    variable: &VariableDefinition<'t>,
    position: &Position<'_, 't>,
    path: Vec<PathStep<'t>>,
) -> Checked {
    let schema = context.schema;
    let Some(mut given) = schema.resolve(&variable.ty) else {
        return Ok(());
    };
    // A default stands in for a missing value; the engine does not look whether it is `null` itself.
    let has_default = variable.default.is_some();
    if has_default && !given.is_non_null() {
        given = TypeRef::NonNull(Box::new(given));
    }
    for _ in 0..position.lists {
        given = TypeRef::NonNull(Box::new(TypeRef::List(Box::new(given))));
    }
    let asked = &position.definition.ty;
    let needed = match &position.definition.default {
        Some(_) => asked.nullable(),
        None => asked,
    };
    let problem = if given.inner() != needed.inner() {
        "Type mismatch"
    } else if lists(&given) != lists(needed) {
        "List dimension mismatch"
    } else if !nulls_allowed(needed, &given) {
        "Nullability mismatch"
    } else {
        return Ok(());
    };
    let (given, asked) = (schema.text(&given), schema.text(asked));
    let (name, argument) = (variable.name, position.argument);
    context.error_at(
        format!("{problem} on variable ${name} and argument {argument} ({given} / {asked})"),
        vec![position.argument_at],
        path,
        vec![
            ("code", "variableMismatch".into()),
            ("variableName", name.to_owned()),
            ("typeName", given),
            ("argumentName", argument.to_owned()),
            ("errorMessage", problem.to_owned()),
        ],
    )
}

fn lists(ty: &TypeRef) -> usize {
    match ty {
        TypeRef::Named(_) => 0,
        TypeRef::NonNull(inner) => lists(inner),
        TypeRef::List(inner) => 1 + lists(inner),
    }
}

/// Whether nothing that the variable may be is forbidden where it stands; both have as many lists.
fn nulls_allowed(asked: &TypeRef, given: &TypeRef) -> bool {
    match (asked, given) {
        (TypeRef::NonNull(asked), TypeRef::NonNull(given)) => nulls_allowed(asked, given),
        (TypeRef::NonNull(_), _) => false,
        (asked, TypeRef::NonNull(given)) => nulls_allowed(asked, given),
        (TypeRef::List(asked), TypeRef::List(given)) => nulls_allowed(asked, given),
        _ => true,
    }
}

/// `VariablesAreUsedAndDefined`, and `VariableUsagesAreAllowed` of what the operations' fragments use.
pub(crate) fn finish(context: &mut Context<'_, '_>) -> Checked {
    let scopes = std::mem::take(&mut context.scopes);
    let mut fragments: Map<&str, &Scope<'_, '_>> = Map::default();
    for scope in scopes.iter().filter(|scope| scope.operation.is_none()) {
        fragments.entry(scope.name.unwrap_or("")).or_insert(scope);
    }
    for scope in &scopes {
        if let Some(operation) = scope.operation {
            finish_operation(context, scope, operation, &fragments)?;
        }
    }
    Ok(())
}

fn finish_operation<'c, 't>(
    context: &mut Context<'c, 't>,
    scope: &Scope<'c, 't>,
    operation: &Operation<'t>,
    fragments: &Map<&str, &Scope<'c, 't>>,
) -> Checked {
    let mut used: Set<&str> = scope.uses.keys().copied().collect();
    // What is used and not declared, with the last use of it.
    let mut undeclared: Map<&'t str, (String, &Use<'c, 't>)> = Map::default();
    let mut note = |scope: &Scope<'c, 't>, name: &'t str, one| {
        undeclared.insert(name, (scope.shown(), one));
    };
    for (name, uses) in &scope.uses {
        if let (false, Some(last)) = (scope.declared.contains_key(name), uses.last()) {
            note(scope, name, last);
        }
    }
    let mut met: Set<&str> = Set::default();
    let mut open: Vec<&str> = scope.spreads.iter().rev().copied().collect();
    while let Some(name) = open.pop() {
        context.steps.take(1)?;
        let (true, Some(fragment)) = (met.insert(name), fragments.get(name)) else {
            continue;
        };
        for (name, uses) in &fragment.uses {
            context.steps.take(uses.len())?;
            used.insert(name);
            match (scope.declared.get(name), uses.last()) {
                (Some(declared), _) => {
                    for one in uses {
                        if let Some(position) = &one.position {
                            fits(context, declared, position, one.path.clone())?;
                        }
                    }
                }
                (None, Some(last)) => note(fragment, name, last),
                (None, None) => {}
            }
        }
        open.extend(fragment.spreads.iter().rev());
    }
    let mut told: Set<&str> = Set::default();
    for variable in &operation.variables {
        context.steps.take(1)?;
        let name = variable.name;
        if used.contains(name) || !told.insert(name) {
            continue;
        }
        context.error_at(
            format!(
                "Variable ${name} is declared by {} but not used",
                scope.shown()
            ),
            vec![operation.at],
            vec![PathStep::Operation(operation.kind, operation.name)],
            vec![
                ("code", "variableNotUsed".into()),
                ("variableName", name.to_owned()),
            ],
        )?;
    }
    for (name, (by, last)) in undeclared {
        context.error_at(
            format!("Variable ${name} is used by {by} but not declared"),
            vec![last.at],
            last.path.clone(),
            vec![
                ("code", "variableNotDefined".into()),
                ("variableName", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}
