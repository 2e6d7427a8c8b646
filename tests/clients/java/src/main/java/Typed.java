import com.amazonaws.services.lambda.runtime.events.*;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Events through AWS's own types for Java and the serializer of Lambda's runtime: each line of
 * standard input is an event, each line of standard output is what a function with a typed event
 * gives back.
 */
public final class Typed {
  /** The type of an event, by its trigger. */
  private static final Map<String, Class<? extends CognitoUserPoolEvent>> MODELS = Map.ofEntries(
      Map.entry("PreSignUp", CognitoUserPoolPreSignUpEvent.class),
      Map.entry("PostConfirmation", CognitoUserPoolPostConfirmationEvent.class),
      Map.entry("PreAuthentication", CognitoUserPoolPreAuthenticationEvent.class),
      Map.entry("PostAuthentication", CognitoUserPoolPostAuthenticationEvent.class),
      Map.entry("DefineAuthChallenge", CognitoUserPoolDefineAuthChallengeEvent.class),
      Map.entry("CreateAuthChallenge", CognitoUserPoolCreateAuthChallengeEvent.class),
      Map.entry("VerifyAuthChallengeResponse",
          CognitoUserPoolVerifyAuthChallengeResponseEvent.class),
      Map.entry("UserMigration", CognitoUserPoolMigrateUserEvent.class),
      Map.entry("CustomMessage", CognitoUserPoolCustomMessageEvent.class));

  private static Class<? extends CognitoUserPoolEvent> model(String line) {
    String trigger = member(line, "triggerSource").split("_")[0];
    if (trigger.equals("TokenGeneration")) {
      return member(line, "version").equals("1")
          ? CognitoUserPoolPreTokenGenerationEvent.class
          : CognitoUserPoolPreTokenGenerationEventV2.class;
    }
    return MODELS.get(trigger);
  }

  /** A text of the event's own, by a search that needs no parser. */
  private static String member(String line, String name) {
    Matcher found = Pattern.compile("\"" + name + "\": ?\"([^\"]*)\"").matcher(line);
    return found.find() ? found.group(1) : "";
  }

  private static <T> String through(Class<T> model, String line) {
    PojoSerializer<T> serializer =
        LambdaEventSerializers.serializerFor(model, Typed.class.getClassLoader());
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    serializer.toJson(serializer.fromJson(line), answer);
    return answer.toString(StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Class<? extends CognitoUserPoolEvent> model = model(line);
      try {
        // Of some triggers there is no type: such functions work with the document itself.
        out.println(model == null ? line : through(model, line).replace("\n", ""));
      } catch (RuntimeException error) {
        out.println("{\"error\": \"" + error.toString().replaceAll("[\"\\\\\n]", " ") + "\"}");
      }
    }
  }
}
