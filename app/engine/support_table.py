"""The lines of the table that ``support`` reads: what is done with each element of BPMN."""

from __future__ import annotations

# place → (kind → note of those that run, kind → reason of those refused but not by the standard)
EVENTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "start": (
        {
            "none": "opens the case; every none start event gets a token",
            "message": "a message that nobody waits for opens a case",
            "timer": "opens a case at each due time",
            "signal": "each signal opens a case",
            "conditional": "looked at when a case is asked for, on the variables given",
            "multiple": "any of its definitions opens a case",
        },
        {"parallel multiple": "partial"},
    ),
    "inner start": ({"none": "one token each when the sub-process opens"}, {}),
    "event start": (
        {
            "message": "cancels everything else in the scope",
            "timer": "armed when the scope opens",
            "signal": "",
            "error": "catches errors of the scope that no boundary event inside took",
            "escalation": "",
            "conditional": "",
            "compensation": "undoes the completed sub-process around it",
            "multiple": "any of its definitions",
            "parallel multiple": "when all have come",
        },
        {},
    ),
    "event start beside": (
        {
            "message": "runs beside the scope, again for each message",
            "timer": "a cycle fires again",
            "signal": "",
            "escalation": "the thrower goes on",
            "conditional": "each time the condition turns true",
            "multiple": "",
            "parallel multiple": "",
        },
        {},
    ),
    "catch": (
        {
            "message": "correlation key required",
            "timer": "date, duration, cycle",
            "signal": "",
            "conditional": "looked at when armed and when something it reads has changed",
            "link": "target of the link throws of its name in the same scope",
            "multiple": "the first of its definitions",
            "parallel multiple": "when all have come",
        },
        {},
    ),
    "boundary": (
        {
            "message": "",
            "timer": "",
            "signal": "",
            "error": "exact code before catch-all",
            "escalation": "",
            "conditional": "",
            "compensation": "names the handler; not part of the flow",
            "cancel": "on a transaction only",
            "multiple": "any of its definitions",
            "parallel multiple": "when all have come",
        },
        {},
    ),
    "boundary beside": (
        {
            "message": "may fire again",
            "timer": "a cycle fires again",
            "signal": "may fire again",
            "escalation": "the activity goes on",
            "conditional": "each time the condition turns true",
            "multiple": "",
            "parallel multiple": "",
        },
        {},
    ),
    "throw": (
        {
            "none": "passes",
            "message": "goes to the host, which finds the receiver",
            "signal": "to everything that waits for it at that moment",
            "escalation": "to the nearest catcher; without one it passes",
            "link": "goes on at the catch of its name",
            "compensation": "calls the handlers in reverse order of completion and waits",
            "multiple": "throws all in the order of the text",
        },
        {},
    ),
    "end": (
        {
            "none": "",
            "message": "",
            "signal": "",
            "error": "to the nearest catcher; uncaught it is an incident",
            "escalation": "",
            "compensation": "",
            "cancel": "inside a transaction with a cancel boundary event",
            "terminate": "ends its own process or sub-process",
            "multiple": "throws all in the order of the text",
        },
        {},
    ),
}

TABLE = """
# -- the file
definitions definitions@targetNamespace | runs | the file; without a target namespace a warning
definitions@name definitions@exporter definitions@exporterVersion definitions@typeLanguage |
  documentation |
definitions@expressionLanguage | documentation | expressions are FEEL whatever it says
import import@namespace import@location import@importType | refused: import | all files are handed
  over together
extension extension@definition | documentation |
extension@mustUnderstand | documentation | when false
extension@mustUnderstand=true | refused: understand |
documentation documentation@textFormat | documentation | shown to the clerk
extensionElements | runs | those of zeebe; of strangers kept and not read
relationship relationship@type relationship@direction relationship/source relationship/target |
  documentation |
auditing monitoring category category@name categoryValue categoryValue@value | documentation |
flowElement@name flowElement/categoryValueRef | documentation | names are shown
artifact association association@sourceRef association@targetRef association@associationDirection
  | documentation | from a compensation boundary event to its handler: runs
group group@categoryValueRef textAnnotation textAnnotation@textFormat text | documentation |
# -- process
process process@isExecutable callableElement@name | runs |
process@processType | documentation | None or Private
process@processType=Public | refused: public | as an executable process
process@isClosed process@definitionalCollaborationRef process/supports | documentation |
callableElement/supportedInterfaceRef ioBinding ioBinding@operationRef ioBinding@inputDataRef
  ioBinding@outputDataRef | documentation |
laneSet laneSet@name lane lane@name lane@partitionElementRef lane/partitionElement
  lane/flowNodeRef lane/childLaneSet | documentation | who does a task is its candidate groups
correlationSubscription correlationSubscription@correlationKeyRef correlationPropertyBinding
  correlationPropertyBinding@correlationPropertyRef correlationPropertyBinding/dataPath |
  documentation! | keys are zeebe:subscription
# -- flows
sequenceFlow sequenceFlow@sourceRef sequenceFlow@targetRef | runs | conditions in the order of the
  text
sequenceFlow@isImmediate | documentation | true
sequenceFlow@isImmediate=false | refused: immediate |
sequenceFlow/conditionExpression | runs | out of exclusive, inclusive, complex gateways and
  activities; strictly true or false
flowNode/incoming flowNode/outgoing | documentation | when written they must agree with the flows
formalExpression | runs | FEEL, beginning with =
formalExpression@evaluatesToTypeRef | documentation |
formalExpression@language | documentation | FEEL only
# -- activities
task | runs | passes
userTask manualTask | runs | waits for a person; form, candidate groups, due date
userTask@implementation rendering | documentation |
serviceTask | runs | zeebe:taskDefinition names the service function
businessRuleTask | runs | zeebe:calledDecision, or a service
scriptTask | runs | zeebe:script, FEEL
script scriptTask@scriptFormat | refused: script | plain scripts, whatever the language
sendTask sendTask@messageRef | runs | throws the message, or a service
receiveTask receiveTask@messageRef | runs | correlation key required
receiveTask@instantiate | runs | a message opens the case
serviceTask@implementation businessRuleTask@implementation sendTask@implementation
  receiveTask@implementation | documentation | zeebe:taskDefinition decides
serviceTask@operationRef sendTask@operationRef receiveTask@operationRef
  messageEventDefinition/operationRef | documentation! | web services are not called
callActivity | runs | inside the state of the case, variables of its own
callActivity@calledElement | rewritten | zeebe:calledElement processId
subProcess | runs | variables of the scope around it
subProcess@triggeredByEvent | runs | event sub-process, interrupting and not
transaction | runs | cancel, compensation, hazard
transaction@method | documentation | ##Compensate
transaction@method=##Store transaction@method=##Image | refused: method |
adHocSubProcess adHocSubProcess@ordering adHocSubProcess@cancelRemainingInstances
  adHocSubProcess/completionCondition | runs |
activity@default | runs |
activity@isForCompensation | runs | called by compensation only
activity@startQuantity activity@completionQuantity | runs | tokens taken and given
standardLoopCharacteristics standardLoopCharacteristics@testBefore
  standardLoopCharacteristics@loopMaximum standardLoopCharacteristics/loopCondition | runs |
  condition true: one more round
multiInstanceLoopCharacteristics multiInstanceLoopCharacteristics@isSequential
  multiInstanceLoopCharacteristics/completionCondition | runs | by zeebe:loopCharacteristics or by
  cardinality
multiInstanceLoopCharacteristics/loopCardinality | runs | a number or FEEL
multiInstanceLoopCharacteristics@behavior multiInstanceLoopCharacteristics@oneBehaviorEventRef
  multiInstanceLoopCharacteristics@noneBehaviorEventRef | runs | thrown from the body
complexBehaviorDefinition complexBehaviorDefinition/condition complexBehaviorDefinition/event
  | runs |
implicitThrowEvent | refused: implicit |
multiInstanceLoopCharacteristics/loopDataInputRef
  multiInstanceLoopCharacteristics/loopDataOutputRef
  multiInstanceLoopCharacteristics/inputDataItem multiInstanceLoopCharacteristics/outputDataItem |
  refused: data_loop |
# -- gateways
exclusiveGateway exclusiveGateway@default | runs | no flow left to take is an incident
parallelGateway | runs | one token from each incoming flow
inclusiveGateway inclusiveGateway@default | runs | joins as the standard says, in loops too
complexGateway complexGateway@default complexGateway/activationCondition | runs | once, then
  swallows the rest
eventBasedGateway eventBasedGateway@instantiate eventBasedGateway@eventGatewayType | runs |
gateway@gatewayDirection | documentation | must agree with the flows
# -- events
startEvent intermediateCatchEvent intermediateThrowEvent endEvent | runs | by place and kind below
boundaryEvent boundaryEvent@attachedToRef boundaryEvent@cancelActivity startEvent@isInterrupting |
  runs |
catchEvent@parallelMultiple | runs | all definitions must come
catchEvent/eventDefinitionRef throwEvent/eventDefinitionRef | rewritten | the definition itself
messageEventDefinition messageEventDefinition@messageRef | runs |
timerEventDefinition timerEventDefinition/timeDate timerEventDefinition/timeDuration
  timerEventDefinition/timeCycle | runs | ISO 8601 or FEEL; cron is refused
signalEventDefinition signalEventDefinition@signalRef signal signal@name | runs |
errorEventDefinition errorEventDefinition@errorRef error error@name error@errorCode | runs |
escalationEventDefinition escalationEventDefinition@escalationRef escalation escalation@name
  escalation@escalationCode | runs |
conditionalEventDefinition conditionalEventDefinition/condition | runs |
linkEventDefinition linkEventDefinition@name | rewritten | a sequence flow to the catch of its name
linkEventDefinition/source linkEventDefinition/target | documentation | when written they must agree
compensateEventDefinition compensateEventDefinition@activityRef
  compensateEventDefinition@waitForCompletion | runs |
cancelEventDefinition terminateEventDefinition | runs |
message message@name | runs | with zeebe:subscription
message@itemRef error@structureRef escalation@structureRef signal@structureRef | documentation |
# -- data and resources
dataObject dataObject@itemSubjectRef dataObject@isCollection dataObjectReference
  dataObjectReference@itemSubjectRef dataObjectReference@dataObjectRef | documentation | variables
  are written by forms, mappings, results
dataStore dataStore@name dataStore@capacity dataStore@isUnlimited dataStore@itemSubjectRef
  dataStoreReference dataStoreReference@itemSubjectRef dataStoreReference@dataStoreRef dataState
  dataState@name | documentation |
property property@name property@itemSubjectRef itemDefinition itemDefinition@structureRef
  itemDefinition@isCollection itemDefinition@itemKind | documentation |
ioSpecification dataInput dataInput@name dataInput@itemSubjectRef dataInput@isCollection
  dataOutput dataOutput@name dataOutput@itemSubjectRef dataOutput@isCollection | documentation |
  values move by zeebe:ioMapping
inputSet inputSet@name inputSet/dataInputRefs inputSet/optionalInputRefs
  inputSet/whileExecutingInputRefs inputSet/outputSetRefs outputSet outputSet@name
  outputSet/dataOutputRefs outputSet/optionalOutputRefs outputSet/whileExecutingOutputRefs
  outputSet/inputSetRefs | documentation |
dataInputAssociation dataOutputAssociation dataAssociation/sourceRef dataAssociation/targetRef |
  documentation |
dataAssociation/transformation assignment assignment/from assignment/to | documentation! | values
  move by zeebe:ioMapping
resource resource@name resourceParameter resourceParameter@name resourceParameter@type
  resourceParameter@isRequired | documentation |
resourceRole performer humanPerformer potentialOwner resourceAssignmentExpression | documentation!
  | who may do it is zeebe:assignmentDefinition
resourceRole@name resourceRole/resourceRef resourceParameterBinding
  resourceParameterBinding@parameterRef | documentation |
interface interface@name interface@implementationRef operation operation@name
  operation@implementationRef operation/inMessageRef operation/outMessageRef operation/errorRef
  endPoint | documentation |
correlationKey correlationKey@name correlationKey/correlationPropertyRef correlationProperty
  correlationProperty@name correlationProperty@type correlationPropertyRetrievalExpression
  correlationPropertyRetrievalExpression@messageRef
  correlationPropertyRetrievalExpression/messagePath | documentation | keys are zeebe:subscription
# -- collaboration, conversation, choreography
collaboration collaboration@name collaboration@isClosed participant participant@name
  participant@processRef participant/interfaceRef participant/endPointRef participantMultiplicity
  participantMultiplicity@minimum participantMultiplicity@maximum | documentation | pools are
  drawn; a process runs by itself
messageFlow messageFlow@name messageFlow@sourceRef messageFlow@targetRef messageFlow@messageRef
  messageFlowAssociation messageFlowAssociation@innerMessageFlowRef
  messageFlowAssociation@outerMessageFlowRef | documentation | messages go by name and key
participantAssociation participantAssociation/innerParticipantRef
  participantAssociation/outerParticipantRef partnerEntity partnerEntity@name
  partnerEntity/participantRef partnerRole partnerRole@name partnerRole/participantRef |
  documentation |
conversation subConversation callConversation callConversation@calledCollaborationRef
  conversationNode@name conversationNode/participantRef conversationNode/messageFlowRef
  conversationLink conversationLink@name conversationLink@sourceRef conversationLink@targetRef
  conversationAssociation conversationAssociation@innerConversationNodeRef
  conversationAssociation@outerConversationNodeRef | documentation |
globalConversation | refused: conversation |
collaboration/choreographyRef | refused: choreography |
choreography globalChoreographyTask globalChoreographyTask@initiatingParticipantRef
  choreographyTask subChoreography callChoreography callChoreography@calledChoreographyRef |
  refused: choreography |
choreographyActivity@initiatingParticipantRef choreographyActivity@loopType
  choreographyActivity/participantRef choreographyTask/messageFlowRef | refused: choreography |
globalTask globalUserTask globalManualTask globalBusinessRuleTask globalScriptTask | rewritten
  | the task in the place of the call activity
globalUserTask@implementation globalBusinessRuleTask@implementation | documentation |
globalScriptTask@scriptLanguage | refused: script |
# -- the dialect
zeebe:userTaskForm | documentation! | forms are files of their own
zeebe:userTask zeebe:formDefinition zeebe:assignmentDefinition
  zeebe:taskSchedule | runs | form, candidate groups, due date
zeebe:assignmentDefinition@candidateGroups zeebe:taskSchedule@dueDate | runs | text or FEEL
zeebe:assignmentDefinition@assignee zeebe:assignmentDefinition@candidateUsers | refused: person |
zeebe:taskSchedule@followUpDate | documentation! |
zeebe:taskDefinition zeebe:calledDecision zeebe:calledElement zeebe:script zeebe:ioMapping
  zeebe:subscription zeebe:publishMessage zeebe:loopCharacteristics zeebe:adHoc | runs |
zeebe:properties | runs | marks of our own, see below
zeebe:taskHeaders zeebe:versionTag | documentation |
zeebe:conditionalFilter | documentation! | what a condition reads is found by itself
zeebe:executionListeners zeebe:taskListeners | refused: listener |
zeebe:priorityDefinition | refused: priority |
"""
