#!/usr/bin/env python3
"""Writes what is made from something else: Grafana's dashboards from this file, and the PrometheusRule of the monitoring
component from rules/*.yaml. Run it after a change: python3 deploy/monitoring/render.py"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMPONENT = HERE.parent / "k8s" / "components" / "monitoring"

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# What every query of our own metrics is narrowed down to.
OURS = 'job=~"$job",instance=~"$instance"'
RATE = "$__rate_interval"


def of(metric, *matchers):
    """A selector of one of our metrics."""
    return f"{metric}{{{','.join([OURS, *matchers])}}}"


def rate(metric, *matchers, by):
    """Per second, summed up by labels."""
    return f"sum by ({by}) (rate({of(metric, *matchers)}[{RATE}]))"


def quantile(q, histogram, *matchers, by):
    """A quantile of a histogram."""
    return f"histogram_quantile({q}, {rate(histogram + '_bucket', *matchers, by=by + ', le')})"


def newest(metric, *matchers, by="service"):
    """A fact of the database, told by every replica."""
    return f"max by ({by}) ({of(metric, *matchers)})"


def total(metric, *matchers, by):
    """A gauge whose replicas each tell a part."""
    return f"sum by ({by}) ({of(metric, *matchers)})"


def panel(title, description, queries, unit="short", kind="timeseries", width=8):
    """A panel; queries are (expression, legend)."""
    targets = [
        {"refId": chr(65 + n), "datasource": SOURCE, "expr": expr, "legendFormat": legend}
        for n, (expr, legend) in enumerate(queries)
    ]
    if kind in ("stat", "bargauge", "table"):
        for target in targets:
            target.update(instant=True, range=False)
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "gridPos": {"w": width, "h": 8},
        "targets": targets,
    }


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": 24, "h": 1}}


def lay_out(panels):
    """Left to right, then down: as one reads."""
    x = y = height = 0
    for number, one in enumerate(panels, 1):
        place = one["gridPos"]
        if x + place["w"] > 24:
            x, y = 0, y + height
        place.update(x=x, y=y)
        one["id"] = number
        x, height = x + place["w"], place["h"]
    return panels


def choice(name, label, query):
    """A variable with the values of a label, all of them chosen at first."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def dashboard(name, title, description, panels, *choices):
    any_of_ours = "leadstream_outbox_leader"
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        choice("job", "Job", f"label_values({any_of_ours}, job)"),
        choice("instance", "Instance", f'label_values({any_of_ours}{{job=~"$job"}}, instance)'),
        *choices,
    ]
    return {
        "uid": f"leadstream-{name}",
        "title": f"Leadstream / {title}",
        "description": description,
        "tags": ["leadstream"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": variables},
        "annotations": {"list": []},
        "panels": lay_out(panels),
    }


def funnel():
    chosen = ('campaign=~"$campaign"', 'channel=~"$channel"')
    steps = "leadstream_signup_funnel_total"

    def grown(step, by):
        counted = of(steps, *chosen, f'step=~"{step}"')
        return f"sum by ({by}) (increase({counted}[$__range]))"

    def share(step, of_step):
        return f"{grown(step, 'campaign')} / ({grown(of_step, 'campaign')} > 0)"

    every_step = "visit|signup|mail_accepted|download_person"
    panels = [
        panel("From visit to reader", "Steps in the time shown. Link scanners are left out.",
              [(f"sort_desc({grown(every_step, 'step')})", "{{step}}")], kind="bargauge", width=12),
        panel("Signups by channel", "Signups in the time shown.",
              [(f"sort_desc({grown('signup', 'channel')})", "{{channel}}")], kind="bargauge", width=12),
        panel("Visits that sign up", "By campaign, in the time shown.",
              [(share("signup", "visit"), "{{campaign}}")], unit="percentunit", kind="bargauge"),
        panel("Signups whose mail a relay took", "By campaign. Below 100 %: over the mail budget, held, or on the way.",
              [(share("mail_accepted", "signup"), "{{campaign}}")], unit="percentunit", kind="bargauge"),
        panel("Mails whose file is fetched by a person", "By campaign; a person may fetch it several times.",
              [(share("download_person", "mail_accepted"), "{{campaign}}")], unit="percentunit", kind="bargauge"),
        panel("Visits", "A second, by campaign.", [(rate(steps, *chosen, 'step="visit"', by="campaign, channel"),
                                                     "{{campaign}} ({{channel}})")], unit="reqps"),
        panel("Signups", "A second, by campaign.", [(rate(steps, *chosen, 'step="signup"', by="campaign, channel"),
                                                      "{{campaign}} ({{channel}})")], unit="reqps"),
        panel("Downloads by people and by link scanners", "Scanners open links before their owners do.",
              [(rate(steps, *chosen, 'step=~"download_.+"', by="step"), "{{step}}")], unit="reqps"),
        panel("Signups by outcome", "owed brings a mail; over_budget and held do not; busy and unavailable were answered 503.",
              [(rate("leadstream_signups_total", by="outcome"), "{{outcome}}")], unit="reqps", width=12),
        panel("Requests for fresh links and one's own data", "By kind and outcome.",
              [(rate("leadstream_signup_mail_requests_total", by="kind, outcome"), "{{kind}}: {{outcome}}")],
              unit="reqps", width=12),
    ]
    return dashboard("funnel", "Funnel", "What each campaign and channel brings, from visit to reader.", panels,
                     choice("channel", "Channel", f"label_values({steps}, channel)"),
                     choice("campaign", "Campaign", f'label_values({steps}{{channel=~"$channel"}}, campaign)'))


def http():
    panels = []
    for service in ("signup", "enquiry", "notification"):
        own = f'service="{service}"'
        requests, duration = "leadstream_http_requests_total", "leadstream_http_request_duration_seconds"
        panels += [
            row(service),
            panel("Requests", f"Of {service}, by route.", [(rate(requests, own, by="method, route"), "{{method}} {{route}}")],
                  unit="reqps"),
            panel("Errors", f"Answers of {service} with 4xx and 5xx, by route.",
                  [(rate(requests, own, 'status_class=~"4xx|5xx"', by="method, route, status_class"),
                    "{{status_class}} {{method}} {{route}}")], unit="reqps"),
            panel("Duration", f"Of {service}, until the answer's head is ready: 50 % and 99 % are quicker than this.",
                  [(quantile(0.5, duration, own, by="service"), "p50"), (quantile(0.99, duration, own, by="service"), "p99")],
                  unit="s"),
        ]
    panels += [
        row("Service level of signups and questions"),
        panel("Failed of an hour", "5xx of all POSTs of forms and API; 0.1 % is allowed over 30 days.",
              [("service:leadstream_intake_errors:ratio_rate1h", "{{service}}")], unit="percentunit"),
        panel("Failed of three days", "As above; more than 0.1 % opens a ticket.",
              [("service:leadstream_intake_errors:ratio_rate3d", "{{service}}")], unit="percentunit"),
        panel("Slower than 500 ms", "Of an hour; 1 % is allowed.",
              [("service:leadstream_intake_slow:ratio_rate1h", "{{service}}")], unit="percentunit"),
        row("Inside the processes"),
        panel("Tasks", "Long-lived tasks that run, by name.", [(total("leadstream_tasks_running", by="service, task"),
                                                                  "{{service}} {{task}}")], width=12),
        panel("Enquiry forms shown again", "By reason; too_fast and too_old ask to press the button once more.",
              [(rate("leadstream_enquiry_form_returns_total", by="reason"), "{{reason}}")], unit="reqps", width=12),
    ]
    return dashboard("http", "HTTP", "Rate, errors and duration of every service's public routes.", panels)


def pipeline():
    late, batch = "leadstream_signup_to_mail_seconds", "leadstream_signup_batch_size"
    panels = [
        row("Through the whole pipeline"),
        panel("From signup to mail", "Until a relay took the delivery mail: 50 % and 99 % are quicker than this.",
              [(quantile(0.5, late, by="service"), "p50"), (quantile(0.99, late, by="service"), "p99")], unit="s"),
        panel("Late", "Delivery mails that took more than a minute, of an hour; 1 % is allowed.",
              [("service:leadstream_signup_to_mail_late:ratio_rate1h", "late")], unit="percentunit"),
        panel("Somebody should look", "Held: perhaps sent by a program. Stuck: published again and again without an answer.",
              [(newest("leadstream_signup_requests", by="service, state"), "{{service}} {{state}}"),
               (newest("leadstream_enquiry_undelivered", by="service, delivery"), "{{service}} {{delivery}}")]),
        row("Signup's writer"),
        panel("Waiting for the database", "Signups in the queue.",
              [(total("leadstream_signup_queue_entries", by="instance"), "{{instance}}")]),
        panel("Signups a commit", "On average.",
              [(f"{rate(batch + '_sum', by='service')} / {rate(batch + '_count', by='service')}", "average")]),
        panel("Time of a commit", "50 % and 99 % are quicker than this.",
              [(quantile(0.5, "leadstream_signup_batch_seconds", by="service"), "p50"),
               (quantile(0.99, "leadstream_signup_batch_seconds", by="service"), "p99")], unit="s"),
        row("Outbox"),
        panel("Unsent events", "By service; counted exactly up to 10 000.",
              [("service:leadstream_outbox_pending:max", "{{service}}")]),
        panel("Oldest unsent event", "By service; two minutes of it wake somebody.",
              [("service:leadstream_outbox_oldest_unsent_age_seconds:max", "{{service}}")], unit="s"),
        panel("Published", "And failures, which are tried again.",
              [(rate("leadstream_outbox_published_total", by="service"), "{{service}}"),
               (rate("leadstream_outbox_publish_failures_total", by="service"), "{{service}} failed")], unit="ops"),
        panel("Who publishes", "One replica of each service.", [(of("leadstream_outbox_leader"), "{{service}} {{instance}}")]),
        panel("Published again", "Because nobody answered.",
              [(rate("leadstream_signup_republished_total", by="service"), "{{service}}"),
               (rate("leadstream_enquiry_republished_total", by="service"), "{{service}}")], unit="ops"),
        panel("Not confirmed", "By every service that must: erased people, offer versions.",
              [(newest("leadstream_signup_erasures_unconfirmed"), "erased people"),
               (newest("leadstream_signup_offers_unconfirmed"), "offer versions")]),
        row("Consumers"),
        panel("Lag", "Records not handled yet, by service and topic.",
              [("service_topic:leadstream_consumer_lag:sum", "{{service}} {{topic}}")]),
        panel("Records", "By what became of them.",
              [(rate("leadstream_consumer_records_total", by="service, topic, outcome"), "{{service}} {{topic}} {{outcome}}")],
              unit="ops"),
        panel("Dead letters", "Records set aside in the last hour, by service and topic.",
              [(f"sum by (service, topic) (increase({of('leadstream_dead_letters_total')}[1h]))", "{{service}} {{topic}}")]),
        panel("Trouble", "Batches handed in again, panics, rebalances.",
              [(rate("leadstream_consumer_retries_total", by="service, topic"), "{{service}} {{topic}} again"),
               (rate("leadstream_consumer_panics_total", by="service"), "{{service}} panics"),
               (rate("leadstream_consumer_rebalances_total", by="service"), "{{service}} rebalances")], unit="ops"),
        panel("People erased", "By service.",
              [(rate("leadstream_signup_erased_total", by="service"), "signup"),
               (rate("leadstream_enquiry_people_erased_total", by="service"), "enquiry"),
               (rate("leadstream_notification_people_erased_total", by="service"), "notification")], unit="ops"),
    ]
    return dashboard("pipeline", "Pipeline", "From a request's commit over Kafka to the mail, with what waits where.", panels)


def mail():
    attempts = "leadstream_notification_attempts_total"
    panels = [
        panel("Attempts", "What they came to.", [(rate(attempts, by="outcome"), "{{outcome}}")], unit="ops"),
        panel("Taken by a relay", "By class: delivery was asked for, ack acknowledges a question, team tells a team of it.",
              [(rate(attempts, 'outcome="accepted"', by="class"), "{{class}}")], unit="ops"),
        panel("Not taken", "By class and outcome.",
              [(rate(attempts, 'outcome!="accepted"', by="class, outcome"), "{{class}} {{outcome}}")], unit="ops"),
        panel("Could be sent now", "Mails whose time has come.", [("service:leadstream_notification_due:max", "due")]),
        panel("Since when", "Age of the oldest of them; 15 minutes wake somebody.",
              [("service:leadstream_notification_oldest_due_age_seconds:max", "oldest due")], unit="s"),
        panel("Circuits", "1 while a relay is at fault for a replica, and gets no mails but a probe.",
              [(of("leadstream_notification_circuit_open"), "{{relay}} {{instance}}")]),
        panel("Relays answer", "By relay, and what it means for the mail.",
              [(rate("leadstream_notification_relay_answers_total", by="relay, class"), "{{relay}} {{class}}")], unit="ops"),
        panel("Under way by relay", "Mails at this moment.",
              [(total("leadstream_notification_relay_sending", by="relay"), "{{relay}}")]),
        panel("Slowed domains", "Mail systems of recipients that get less than usual, because they asked for it.",
              [(total("leadstream_notification_slowed_domains", by="group"), "{{group}}")]),
        panel("Time of an attempt", "50 % and 99 % are quicker than this.",
              [(quantile(0.5, "leadstream_notification_send_seconds", by="service"), "p50"),
               (quantile(0.99, "leadstream_notification_send_seconds", by="service"), "p99")], unit="s"),
        panel("Under way", "Attempts at this moment, by replica.",
              [(total("leadstream_notification_sending", by="instance"), "{{instance}}")]),
        panel("Came into the ledger", "By purpose.", [(rate("leadstream_notification_owed_total", by="purpose"), "{{purpose}}")],
              unit="ops"),
        panel("Wait for an offer", "Deliveries whose offer version has not arrived.",
              [(newest("leadstream_notification_waiting_for_offer"), "waiting")]),
        panel("Team mails given up", "In the last hour, by inbox. After the fallback inbox nobody gets it.",
              [(f"sum by (inbox) (increase({of('leadstream_notification_team_failures_total')}[1h]))", "{{inbox}}")]),
        panel("Came back", "Bounces and complaints, and what was no report or could not be believed.",
              [(rate("leadstream_notification_bounces_total", by="outcome"), "{{outcome}}"),
               (rate("leadstream_notification_webhooks_refused_total", by="provider"), "refused: {{provider}}")], unit="ops"),
        panel("Oddities", "Events known already, outcomes of a lost lease, person ids that do not match.",
              [(rate("leadstream_notification_repeated_events_total", by="service"), "known already"),
               (rate("leadstream_notification_late_outcomes_total", by="service"), "late outcome"),
               (rate("leadstream_notification_person_id_mismatches_total", by="service"), "other person id")], unit="ops"),
    ]
    return dashboard("mail", "Mail", "What is owed, what leaves, what the relay says to it.", panels)


def enquiries():
    panels = [
        panel("Questions", "By entrance and outcome.",
              [(rate("leadstream_enquiry_submissions_total", by="entrance, outcome"), "{{entrance}} {{outcome}}")],
              unit="reqps", width=12),
        panel("Acknowledgements", "over_budget: this mailbox had enough lately.",
              [(rate("leadstream_enquiry_acknowledgements_total", by="outcome"), "{{outcome}}")], unit="reqps", width=12),
        panel("Undelivered", "Questions whose mails are not done, by what they wait for.",
              [(newest("leadstream_enquiry_undelivered", by="delivery"), "{{delivery}}")]),
        panel("Oldest undelivered", "By what it waits for; half an hour of owed wakes somebody.",
              [(newest("leadstream_enquiry_oldest_undelivered_age_seconds", by="delivery"), "{{delivery}}")], unit="s"),
        panel("Last counted", "Seconds since the two beside were counted; nothing until they were for the first time.",
              [(f"time() - ({newest('leadstream_enquiry_deliveries_counted_timestamp_seconds')} > 0)", "ago")], unit="s"),
    ]
    return dashboard("enquiries", "Enquiries", "Questions that came in, and whether teams and visitors were mailed.", panels)


def engines():
    def either(cnpg, plain, by):
        """CloudNativePG on Kubernetes, postgres_exporter in compose; what belongs to no database is left out."""
        return " or ".join(f'sum by ({by}) (rate({one}{{{by}!=""}}[{RATE}]))' for one in (cnpg, plain))

    panels = [
        row("Postgres"),
        panel("Transactions", "Committed, by database.",
              [(either("cnpg_pg_stat_database_xact_commit", "pg_stat_database_xact_commit", "datname"), "{{datname}}")],
              unit="ops"),
        panel("Rolled back", "By database.",
              [(either("cnpg_pg_stat_database_xact_rollback", "pg_stat_database_xact_rollback", "datname"), "{{datname}}")],
              unit="ops"),
        panel("Size", "By database.",
              [("max by (datname) (cnpg_pg_database_size_bytes) or max by (datname) (pg_database_size_bytes)", "{{datname}}")],
              unit="bytes"),
        panel("Connections", "By database.",
              [("sum by (datname) (cnpg_backends_total) or sum by (datname) (pg_stat_activity_count)", "{{datname}}")]),
        panel("Replication lag", "Of each standby.", [("cnpg_pg_replication_lag", "{{pod}}")], unit="s"),
        panel("Deadlocks", "By database.",
              [(either("cnpg_pg_stat_database_deadlocks", "pg_stat_database_deadlocks", "datname"), "{{datname}}")], unit="ops"),
        row("Kafka"),
        panel("Brokers", "That answer.", [("max(kafka_brokers)", "brokers")], kind="stat"),
        panel("Partitions with too few replicas", "0 is well.",
              [("sum by (topic) (kafka_topic_partition_under_replicated_partition)", "{{topic}}")]),
        panel("Lag of consumer groups", "As the brokers see it.",
              [("sum by (consumergroup, topic) (kafka_consumergroup_lag)", "{{consumergroup}} {{topic}}")]),
        panel("Records in", "By topic.",
              [(f"sum by (topic) (rate(kafka_topic_partition_current_offset[{RATE}]))", "{{topic}}")], unit="ops", width=12),
        panel("Members of consumer groups", "By group.",
              [("sum by (consumergroup) (kafka_consumergroup_members)", "{{consumergroup}}")], width=12),
    ]
    return dashboard("engines", "Postgres and Kafka", "What the services stand on.", panels)


def rule_resource():
    """The rules as Prometheus Operator wants them: the same groups, two levels deeper."""
    head = (
        "# Written by deploy/monitoring/render.py from deploy/monitoring/rules; change it there.\n"
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: leadstream\nspec:\n  groups:\n"
    )
    groups = ""
    for file in sorted((HERE / "rules").glob("*.yaml")):
        groups += file.read_text().split("groups:\n", 1)[1].rstrip("\n") + "\n"
    return head + "".join(f"  {line}\n" if line else "\n" for line in groups.splitlines())


def files():
    """What this script writes: path and text."""
    for one in (funnel(), http(), pipeline(), mail(), enquiries(), engines()):
        text = json.dumps(one, indent=2, ensure_ascii=False) + "\n"
        yield HERE / "dashboards" / f"{one['uid']}.json", text
    yield COMPONENT / "rules.yaml", rule_resource()


def main():
    """Writes; with --check only says whether there is something to write."""
    for path, text in files():
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.name} is not what deploy/monitoring/render.py writes: run it")


if __name__ == "__main__":
    main()
