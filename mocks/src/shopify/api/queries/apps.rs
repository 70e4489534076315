//! The calling app and its installation as GraphQL objects.

use super::reader::Reader;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::api::graphql::plan::Selection;
use crate::shopify::json::{write_int, write_text};
use crate::shopify::model::metafields::Owner;
use crate::shopify::model::subscriptions::APP_ID;

/// Appends a gid with the app's number.
fn write_gid(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"gid://shopify/");
    out.extend_from_slice(name.as_bytes());
    out.push(b'/');
    write_int(APP_ID, out);
    out.push(b'"');
}

impl Reader<'_> {
    /// Appends the app's fields.
    pub(crate) fn app(&self, selection: &Selection, out: &mut Vec<u8>) -> u64 {
        self.object(selection, out, |field, out| {
            match field.field {
                Field::Id => write_gid("App", out),
                Field::Title => write_text("Oversell", out),
                Field::Handle => write_text("oversell", out),
                Field::ApiKey => write_text(&APP_ID.to_string(), out),
                _ => self.unserved(field, out),
            }
            0
        })
    }

    /// Appends the fields of the app's installation.
    pub(crate) fn app_installation(&self, selection: &Selection, out: &mut Vec<u8>) -> u64 {
        self.object(selection, out, |part, out| {
            match part.field {
                Field::Id => write_gid("AppInstallation", out),
                Field::Metafield => {
                    return self.metafield_of(part, Owner::AppInstallation, out);
                }
                Field::Metafields => {
                    return self.metafields_of(part, Owner::AppInstallation, out);
                }
                Field::App => return 1 + self.app(part.selection(), out),
                Field::LaunchUrl => {
                    let address = format!("https://{}/admin/apps/oversell", self.state.domain);
                    write_text(&address, out);
                }
                Field::AccessScopes => {
                    return self.list(part, self.scopes, out, |selection, scope, out| {
                        self.object(selection, out, |it, out| {
                            match it.field {
                                Field::Handle => write_text(scope, out),
                                Field::Description => write_text(&scope.replace('_', " "), out),
                                _ => self.unserved(it, out),
                            }
                            0
                        })
                    });
                }
                _ => self.unserved(part, out),
            }
            0
        })
    }
}
