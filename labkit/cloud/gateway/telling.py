"""What CloudTrail records, EventBridge delivers to the rules about it: "AWS API Call via CloudTrail".

Of calls that only read, a rule hears if it says so. What EventBridge itself does to deliver an event is not
told: it would never end.
Source: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail".
"""

from labkit.cloud.audit.event import API_CALL, SERVICE_EVENT, Event
from labkit.cloud.audit.record import event_record
from labkit.cloud.core.call import Call
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.core.events import DEFAULT_BUS, delivery_of, event_of, listening
from labkit.cloud.state.tables import Scope

EVENTBRIDGE = "events.amazonaws.com"
DETAIL_TYPES = {
    API_CALL: "AWS API Call via CloudTrail",
    SERVICE_EVENT: "AWS Service Event via CloudTrail",
}


def tell_eventbridge(cloud: Cloud, call: Call, place: Scope, event: Event) -> None:
    """Have an event delivered that stands in the history of `place`, if anybody listens."""
    if EVENTBRIDGE in call.via:
        return
    source, listeners = f"aws.{call.service}", cloud.tables.listeners
    kinds = (API_CALL,) if call.operation else (SERVICE_EVENT, API_CALL)  # some services call themselves
    heard = [
        one for kind in kinds for one in listening(listeners, place, DEFAULT_BUS, source, DETAIL_TYPES[kind])
    ]
    if not heard or (event.Action.ReadOnly and not any(one.AllCalls for one in heard)):
        return
    detail = event_record(event, place.account, place.region)
    detail_type = DETAIL_TYPES[event.Action.EventType]
    message = event_of(place, source, detail_type, detail, (), call.time)
    cloud.tables.agenda.put(delivery_of(message, place, DEFAULT_BUS, call.time, cloud.hsm_memory))
