//! Reports as they go on in time (docs/platforms/amazon.md 4.4, 5.4 and 9).

use crate::amazon::model::documents::Owner;
use crate::amazon::model::jobs::JobStatus;
use crate::amazon::model::reports::{Report, WINDOW_EXCEEDED};
use crate::core::{Micros, Stream};

use super::{Due, Event, State};

impl State {
    /// Takes in a request for a report; its number.
    pub(crate) fn request_report(&mut self, now: Micros, report: Report) -> u32 {
        let number = self.reports.rows.len() as u32;
        self.reports.rows.push(report);
        let mut stream = Stream::new(self.settings.draws.report, u64::from(number));
        let wait = self.settings.profile.reports.queue.draw(&mut stream);
        self.after(now + wait, Due::ReportStarts(number));
        number
    }

    /// A request for a report is taken back.
    pub(crate) fn cancel_report(&mut self, now: Micros, number: u32) {
        if let Some(report) = self.reports.rows.get_mut(number as usize) {
            report.job.end(now, JobStatus::Cancelled);
            self.notify(now, Event::Report(number));
        }
    }

    /// A report is begun: it shows the shop as it is now, lists with the lag that lists have.
    pub(super) fn report_starts(&mut self, at: Micros, number: u32) {
        let Some(report) = self.reports.rows.get_mut(number as usize) else {
            return;
        };
        if report.job.status != JobStatus::InQueue {
            return;
        }
        report.job.start(at);
        let (kind, window) = (report.job.kind, (report.data_start, report.data_end));
        let is_too_wide = report.is_too_wide();
        let mut stream = Stream::new(self.settings.draws.report, 1 << 32 | u64::from(number));
        let run = self.settings.profile.reports.run.draw(&mut stream);
        self.after(at + run, Due::ReportEnds(number));
        let rows = if is_too_wide {
            Some(WINDOW_EXCEEDED.as_bytes().to_vec())
        } else {
            self.report_rows(at, kind, window)
        };
        let tells = self.orders.telling.take();
        let made = rows.map(|body| {
            self.documents
                .add(Owner::Reports, "text/plain;charset=UTF-8", Some(body))
        });
        if let Some(document) = made {
            self.documents.tell(document, tells);
        }
        if let Some(report) = self.reports.rows.get_mut(number as usize) {
            report.made = made;
        }
    }

    /// A report is done. One without any data is cancelled, as the platform does it; one that cannot be made ends with a
    /// file that says why.
    pub(super) fn report_ends(&mut self, at: Micros, number: u32) {
        let Some(report) = self.reports.rows.get_mut(number as usize) else {
            return;
        };
        report.job.document = report.made;
        let status = match report.made {
            Some(_) if report.is_too_wide() => JobStatus::Fatal,
            Some(_) => JobStatus::Done,
            None => JobStatus::Cancelled,
        };
        report.job.end(at, status);
        self.notify(at, Event::Report(number));
    }
}
