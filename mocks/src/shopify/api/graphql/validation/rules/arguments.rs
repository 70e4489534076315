//! Arguments of fields and directives, and members of input objects.

use super::literals;
use super::one_of;
use super::variables::{self, Position};
use crate::shopify::api::graphql::plan::Location;
use crate::shopify::api::graphql::schema::model::{
    DirectiveDef, FieldDef, InputDef, TypeDef, TypeKind,
};
use crate::shopify::api::graphql::syntax::ast::{Argument, Directive, Field, Value};
use crate::shopify::api::graphql::validation::context::{Checked, Context, repeated};
use crate::shopify::api::graphql::validation::error::PathStep;

/// What has arguments.
#[derive(Copy, Clone)]
pub(crate) enum Owner<'c, 't> {
    Field(&'c Field<'t>, &'c FieldDef),
    Directive(&'c Directive<'t>, &'c DirectiveDef),
    Input(Location, &'c TypeDef),
}

impl<'c> Owner<'c, '_> {
    fn kind(&self) -> &'static str {
        match self {
            Owner::Field(..) => "Field",
            Owner::Directive(..) => "Directive",
            Owner::Input(..) => "InputObject",
        }
    }

    fn at(&self) -> Location {
        match self {
            Owner::Field(field, _) => field.at,
            Owner::Directive(directive, _) => directive.at,
            Owner::Input(at, _) => *at,
        }
    }

    /// Its name in errors of one argument: a field goes by its alias there.
    fn shown(&self) -> String {
        match self {
            Owner::Field(field, _) => field.response_key().to_owned(),
            Owner::Directive(directive, _) => directive.name.to_owned(),
            Owner::Input(_, definition) => definition.name.to_owned(),
        }
    }

    fn inputs(&self) -> &'c [InputDef] {
        match self {
            Owner::Field(_, definition) => &definition.arguments,
            Owner::Directive(_, definition) => &definition.arguments,
            Owner::Input(_, definition) => &definition.inputs,
        }
    }
}

/// All rules of a field's or directive's arguments.
pub(crate) fn check<'c, 't>(
    context: &mut Context<'c, 't>,
    owner: Owner<'c, 't>,
    arguments: &'c [Argument<'t>],
) -> Checked {
    required(context, owner, arguments)?;
    unique(context, arguments)?;
    for one in arguments {
        argument(context, owner, one)?;
    }
    Ok(())
}

/// `RequiredArgumentsArePresent`.
fn required<'t>(
    context: &mut Context<'_, 't>,
    owner: Owner<'_, 't>,
    arguments: &[Argument<'t>],
) -> Checked {
    let mut missing = Vec::new();
    for input in owner.inputs().iter().filter(|it| it.is_required()) {
        context.steps.take(1 + arguments.len())?;
        if !arguments.iter().any(|it| it.name == input.name) {
            missing.push(input.name);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    let (kind, name) = match owner {
        Owner::Field(field, _) => ("Field", field.name),
        Owner::Directive(directive, _) => ("Directive", directive.name),
        Owner::Input(..) => return Ok(()),
    };
    context.error(
        format!("{kind} '{name}' is missing required arguments: {missing}"),
        vec![owner.at()],
        vec![
            ("code", "missingRequiredArguments".into()),
            ("className", kind.into()),
            ("name", name.to_owned()),
            ("arguments", missing),
        ],
    )
}

/// `ArgumentNamesAreUnique`.
fn unique<'t>(context: &mut Context<'_, 't>, arguments: &[Argument<'t>]) -> Checked {
    context.steps.take(arguments.len())?;
    if arguments.len() < 2 {
        return Ok(());
    }
    for (name, places) in repeated(arguments.iter().map(|it| (it.name, it.at))) {
        context.error(
            format!("There can be only one argument named \"{name}\""),
            places,
            vec![
                ("code", "argumentNotUnique".into()),
                ("name", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// `ArgumentsAreDefined`, then what is inside, then `ArgumentLiteralsAreCompatible` unless something inside was wrong.
fn argument<'c, 't>(
    context: &mut Context<'c, 't>,
    owner: Owner<'c, 't>,
    argument: &'c Argument<'t>,
) -> Checked {
    context.steps.take(1 + owner.inputs().len())?;
    context.path.push(PathStep::Name(argument.name));
    let found = owner.inputs().iter().find(|it| it.name == argument.name);
    match found {
        Some(definition) => defined(context, owner, argument, definition)?,
        None => {
            let (kind, shown) = (owner.kind(), owner.shown());
            context.error(
                format!(
                    "{kind} '{shown}' doesn't accept argument '{}'",
                    argument.name
                ),
                vec![argument.at],
                vec![
                    ("code", "argumentNotAccepted".into()),
                    ("name", shown),
                    ("typeName", kind.into()),
                    ("argumentName", argument.name.to_owned()),
                ],
            )?;
        }
    }
    context.path.pop();
    Ok(())
}

fn defined<'c, 't>(
    context: &mut Context<'c, 't>,
    owner: Owner<'c, 't>,
    argument: &'c Argument<'t>,
    definition: &'c InputDef,
) -> Checked {
    let errors_before = context.errors.len();
    let mut inside = Inside {
        argument,
        definition,
        nodes: 0,
    };
    inside.value(context, &argument.value, 0)?;
    if matches!(argument.value, Value::Variable(..)) || context.errors.len() > errors_before {
        return Ok(());
    }
    let schema = context.schema;
    let found = literals::mismatch(schema, &argument.value, &definition.ty, context.steps)?;
    let Some(found) = found else {
        return Ok(());
    };
    if let (true, Some(message)) = (found.is_of_scalar, found.explanation) {
        return context.error(
            message,
            vec![owner.at()],
            vec![
                ("code", "argumentLiteralsIncompatible".into()),
                ("typeName", "CoercionError".into()),
            ],
        );
    }
    let (kind, name) = (owner.kind(), argument.name);
    let message = format!(
        "Argument '{name}' on {kind} '{}' has an invalid value ({}). Expected type '{}'.",
        owner.shown(),
        cut(argument.value.to_string()),
        schema.text(&definition.ty)
    );
    context.error(
        message,
        vec![owner.at()],
        vec![
            ("code", "argumentLiteralsIncompatible".into()),
            ("typeName", kind.into()),
            ("argumentName", name.to_owned()),
        ],
    )
}

/// The most characters of a value that a message repeats.
const SHOWN_MAX: usize = 1_000;

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// A walk through what is written inside one argument.
struct Inside<'c, 't> {
    argument: &'c Argument<'t>,
    definition: &'c InputDef,
    /// Objects, variables, names and nulls met so far: by this count the platform numbers the objects of a list.
    nodes: usize,
}

impl<'c, 't> Inside<'c, 't> {
    fn value(
        &mut self,
        context: &mut Context<'c, 't>,
        value: &'c Value<'t>,
        lists: usize,
    ) -> Checked {
        context.steps.take(1)?;
        match value {
            Value::List(elements) => {
                for element in elements {
                    self.value(context, element, lists + 1)?;
                }
            }
            Value::Variable(name, at) => {
                self.nodes += 1;
                let position = Position {
                    argument: self.argument.name,
                    argument_at: self.argument.at,
                    definition: self.definition,
                    lists,
                };
                variables::used(context, name, *at, Some(position))?;
            }
            Value::Object(members, at) => {
                let index = self.nodes;
                self.nodes += 1;
                let is_in_list = self.definition.ty.is_list();
                if is_in_list {
                    context.path.push(PathStep::Index(index));
                }
                self.object(context, members, *at)?;
                if is_in_list {
                    context.path.pop();
                }
            }
            Value::Enum(_) | Value::Null => self.nodes += 1,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {}
        }
        Ok(())
    }

    fn object(
        &mut self,
        context: &mut Context<'c, 't>,
        members: &'c [Argument<'t>],
        at: Location,
    ) -> Checked {
        let ty = context.schema.get(self.definition.ty.inner());
        if ty.kind != TypeKind::InputObject {
            return variables_only(context, members);
        }
        required_members(context, ty, members, at)?;
        unique_members(context, members)?;
        one_of::check(context, ty, members, at)?;
        for member in members {
            argument(context, Owner::Input(at, ty), member)?;
        }
        Ok(())
    }
}

/// In a value that has no members by its type only the variables count.
fn variables_only<'c, 't>(context: &mut Context<'c, 't>, members: &'c [Argument<'t>]) -> Checked {
    fn value<'c, 't>(context: &mut Context<'c, 't>, one: &'c Value<'t>) -> Checked {
        context.steps.take(1)?;
        match one {
            Value::Variable(name, at) => variables::used(context, name, *at, None),
            Value::List(elements) => elements.iter().try_for_each(|it| value(context, it)),
            Value::Object(members, _) => members
                .iter()
                .try_for_each(|member| value(context, &member.value)),
            _ => Ok(()),
        }
    }
    members
        .iter()
        .try_for_each(|member| value(context, &member.value))
}

/// `RequiredInputObjectAttributesArePresent`.
fn required_members<'t>(
    context: &mut Context<'_, 't>,
    ty: &TypeDef,
    members: &[Argument<'t>],
    at: Location,
) -> Checked {
    let schema = context.schema;
    for input in ty.inputs.iter().filter(|it| it.is_required()) {
        context.steps.take(1 + members.len())?;
        if members.iter().any(|member| member.name == input.name) {
            continue;
        }
        let (name, expected) = (input.name, schema.text(&input.ty));
        let mut path = context.path.clone();
        path.push(PathStep::Name(name));
        context.error_at(
            format!(
                "Argument '{name}' on InputObject '{}' is required. Expected type {expected}",
                ty.name
            ),
            vec![at],
            path,
            vec![
                ("code", "missingRequiredInputObjectAttribute".into()),
                ("argumentName", name.to_owned()),
                ("argumentType", expected),
                ("inputObjectType", ty.name.to_owned()),
            ],
        )?;
    }
    Ok(())
}

/// `InputObjectNamesAreUnique`.
fn unique_members<'t>(context: &mut Context<'_, 't>, members: &[Argument<'t>]) -> Checked {
    context.steps.take(members.len())?;
    if members.len() < 2 {
        return Ok(());
    }
    for (name, places) in repeated(members.iter().map(|it| (it.name, it.at))) {
        context.error(
            format!("There can be only one input field named \"{name}\""),
            places,
            vec![
                ("code", "inputFieldNotUnique".into()),
                ("name", name.to_owned()),
            ],
        )?;
    }
    Ok(())
}
